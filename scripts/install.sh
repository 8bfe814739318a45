#!/bin/sh
# Installs what is pinned into a Python's environment: install.sh PYTHON WHAT..., WHAT as for pip. uv takes a tenth of
# the time; where it finds no registry, such as a mirror that only pip was told of, pip does the same.
set -eu
[ $# -ge 2 ] || { echo "usage: scripts/install.sh PYTHON WHAT..." >&2; exit 2; }
python=$1
shift
"$python" -m pip install --quiet --require-hashes -r requirements-uv.txt
if ! "$(dirname "$python")/uv" pip install --quiet --python "$python" "$@"; then
    echo "install.sh: uv could not; pip tries ..." >&2
    exec "$python" -m pip install --quiet "$@"
fi
