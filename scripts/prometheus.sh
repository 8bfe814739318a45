#!/bin/sh
# Puts prometheus and promtool (it checks Prometheus' rules and configuration) into the folder TARGET/bin: the machine's
# own, else those in Debian's package prometheus, which is unpacked there and not installed.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: scripts/prometheus.sh TARGET" >&2
    exit 2
fi
mkdir -p "$1/bin"
target=$(cd "$1" && pwd)
rm -f "$target/.installed"

if server=$(command -v prometheus) && tool=$(command -v promtool); then
    ln -sf "$server" "$target/bin/prometheus"
    ln -sf "$tool" "$target/bin/promtool"
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # apt downloads as a user of its own, which has to reach the folder.
    chmod 755 "$work"
    cd "$work"
    echo "Fetching Debian's package prometheus ..."
    if ! apt-get --quiet=2 download prometheus 2>/dev/null; then
        # A fresh machine has no package lists yet.
        if [ "$(id -u)" -ne 0 ] || ! apt-get --quiet=2 update || ! apt-get --quiet=2 download prometheus; then
            echo "prometheus.sh: Debian's package prometheus cannot be fetched; install it, or put its programs on the PATH" >&2
            exit 1
        fi
    fi
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xf - ./usr/bin/prometheus ./usr/bin/promtool
    mv usr/bin/prometheus usr/bin/promtool "$target/bin/"
fi
"$target/bin/promtool" --version 2>&1 | head -n 1
touch "$target/.installed"
