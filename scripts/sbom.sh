#!/bin/sh
# The bill of materials of what the image holds (CycloneDX, JSON) from the pinned requirements-image.txt. The tool
# lives in an environment of its own, so that nothing of it can reach the product.
# usage: scripts/sbom.sh PYTHON OUTPUT
set -eu
version=7.5.0
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$1" -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet --disable-pip-version-check "cyclonedx-bom==$version"
mkdir -p "$(dirname "$2")"
PYTHONWARNINGS=ignore "$tools/venv/bin/cyclonedx-py" requirements --pyproject pyproject.toml --output-reproducible \
    --output-format JSON --output-file "$2" requirements-image.txt
# The tool reads no version that is computed; ours is in schemas/version.py.
"$1" - "$2" <<'PYTHON'
import json, sys
from pathlib import Path
from schemas.version import VERSION
file = Path(sys.argv[1])
bill = json.loads(file.read_text())
bill["metadata"]["component"]["version"] = VERSION
file.write_text(json.dumps(bill, indent=2) + "\n")
PYTHON
echo "sbom: $2, $(grep -c '"purl"' "$2") components"
