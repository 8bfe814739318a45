"""Images for a machine that can pull none; `build.sh` makes them, docs/containers.md tells the rest."""
