#!/bin/sh
# Debian 12 has version 1 of docker compose only. This takes the plug-in out of Debian 13's package docker-compose, from
# this machine's own mirror and without adding to its sources, and puts it where the user's docker looks for it.
set -eu
target=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir lists
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >sources.list
# Otherwise apt downloads as a user of its own, which cannot reach the folder.
apt() {
    apt-get --quiet=2 -o APT::Sandbox::User=root -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- \
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" "$@"
}
apt update
apt download docker-compose
dpkg-deb --extract docker-compose_*.deb package
mkdir -p "$target"
install -m 755 "$(find package -type f -name docker-compose -perm -u+x | head -n 1)" "$target/docker-compose"
docker compose version
