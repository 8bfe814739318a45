"""`make test-containers`: the integration and e2e tests on containers instead of the embedded servers."""

import sys

import docker
import pytest
from docker.errors import DockerException

_NO_DAEMON = 2


def main() -> int:
    """Pytest's exit code, or 2 where no Docker daemon answers."""
    try:
        docker.from_env().ping()
    except DockerException as error:
        print(f"No Docker daemon answers here ({error}).", file=sys.stderr)
        print("Start one, or run `make test`: the same tests on the embedded stack.", file=sys.stderr)
        return _NO_DAEMON
    folders = ["tests/integration/scorer", "tests/integration/sink", "tests/e2e"]
    return int(pytest.main(["--containers", "-q", "-m", "not slow", *folders]))


if __name__ == "__main__":
    sys.exit(main())
