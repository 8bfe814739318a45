#!/bin/sh
# The backend as a folder of its own, ready to become the repository flowserveai-backend: all but ml/, whose package
# comes as a wheel in vendor/ and whose trained model stays where it is. What is committed counts.
set -eu
[ $# -eq 1 ] || { echo "usage: scripts/cut_backend.sh FOLDER" >&2; exit 2; }
[ ! -e "$1" ] || { echo "cut_backend.sh: $1 exists; name a folder that does not" >&2; exit 2; }
mkdir -p "$1"
target=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
git archive HEAD | tar -x -C "$target"
mkdir "$target/vendor"
.venv/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$target/vendor" "$target/ml"
find "$target/ml" -mindepth 1 -maxdepth 1 ! -name models ! -name README.md -exec rm -r {} +
rm -r "$target/tests/integration/ml"
echo "$target: run \`git init\`, \`make test\`"
