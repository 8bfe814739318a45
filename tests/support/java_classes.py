"""`python -m tests.support.java_classes FILE`: Kafka's classes as Java loaded them once, for later brokers.

A broker of a test lives for a minute, and half of what it costs is the loading of its classes. Java 25 and
later keep them in a file when a broker ends, and take them from there. An older one makes none, and does
without.
"""

import os
import sys
import tempfile
from pathlib import Path

from local_stack.parts import start_kafka

# What an older Java does not know it passes over, and a program with other classes says nothing about them.
_TOLERANT = "-XX:+IgnoreUnrecognizedVMOptions -Xlog:disable -Xlog:all=error:stderr"
# The optimizing compiler and a collector with threads would cost a short-lived broker more than they bring.
_SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_SECONDS = 120.0


def options(classes: Path) -> str:
    """JDK_JAVA_OPTIONS of the brokers of tests. A file that another Java made, or none, is passed over."""
    kept = f' -XX:AOTCache="{classes}"' if classes.exists() else ""
    return f"{_TOLERANT} {_SHORT_LIVED}{kept}"


def main(classes: Path) -> None:
    """Starts a broker and ends it, which writes the file."""
    os.environ["JDK_JAVA_OPTIONS"] = f'{_TOLERANT} -XX:AOTCacheOutput="{classes}"'
    with tempfile.TemporaryDirectory() as folder:
        start_kafka(Path(folder)).stop(_SECONDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
