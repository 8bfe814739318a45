#!/bin/sh
# Pins every dependency with its hashes: serving, then what running adds, then what tests and checks add. What the image
# holds is serving and the commands, in the same versions.
set -eu
BIN=${BIN:-.venv/bin}
pin() {
    "$BIN/uv" pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
        --python-version 3.11 --custom-compile-command "make requirements" "$@"
}
pin pyproject.toml -o requirements.txt
pin pyproject.toml --extra local --extra replay -c requirements.txt -o requirements-local.txt
pin pyproject.toml --extra console -c requirements-local.txt -o requirements-image.txt
pin postman/requirements.in -o postman/requirements.txt
pin pyproject.toml $(ls ml/pyproject.toml 2>/dev/null) --all-extras -c requirements-local.txt -o requirements-dev.txt
echo uv | pin - -c requirements-dev.txt -o requirements-uv.txt
