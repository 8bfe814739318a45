#!/bin/sh
# Makes the four images that the compose file and the Dockerfile name, for a machine whose Docker daemon can
# pull none: Debian by debootstrap, and in it the Kafka, Java and PostgreSQL that `make up` uses. As root.
set -eu
cd "$(dirname "$0")/../.."
here=tests/base_images
python=${PYTHON:-.venv/bin/python}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! docker image inspect python:3.11-slim-bookworm >/dev/null 2>&1; then
    echo "Debian with Python, by debootstrap (a minute) ..."
    command -v debootstrap >/dev/null || { echo "build.sh: apt-get install debootstrap" >&2; exit 1; }
    debootstrap --variant=minbase --include=python3.11,python3.11-venv,python3-pip,ca-certificates \
        bookworm "$work/root" >"$work/debootstrap.log" 2>&1 || { tail -5 "$work/debootstrap.log" >&2; exit 1; }
    # What this machine trusts (a proxy's certificate, say), the image trusts: pip must reach the same places.
    for certificate in /usr/local/share/ca-certificates/*.crt; do
        [ ! -e "$certificate" ] || cp "$certificate" "$work/root/usr/local/share/ca-certificates/"
    done
    chroot "$work/root" update-ca-certificates >/dev/null
    ln -sf python3.11 "$work/root/usr/bin/python"
    tar -C "$work/root" -c . | docker import \
        --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' - python:3.11-slim-bookworm >/dev/null
fi

echo "Kafka and PostgreSQL, from what the local stack uses ..."
"$python" -m tests.base_images "$work/context"
for name in kafka postgres; do
    install -m 755 "$here/$name.sh" "$work/context/$name/entrypoint"
done
docker build --quiet --file "$here/kafka.Dockerfile" --tag apache/kafka:4.4.0 "$work/context/kafka"
docker build --quiet --file "$here/postgres.Dockerfile" --tag postgres:18 "$work/context/postgres"

echo "Prometheus, from Debian's package ..."
docker build --quiet --network host --tag prom/prometheus:v3.1.0 - <"$here/prometheus.Dockerfile"
