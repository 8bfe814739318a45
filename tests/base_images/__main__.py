"""`python -m tests.base_images FOLDER`: the programs of the local stack, laid out for two Dockerfiles."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from local_stack import settings
from local_stack.binaries import PACKAGE, TREE
from local_stack.jars import kafka_jars
from local_stack.java import find_java
from local_stack.kafka import LOGGING


def main(target: Path) -> None:
    """Writes FOLDER/kafka (jars, Java, logging) and FOLDER/postgres (its tree and its libraries)."""
    kafka, postgres = target / "kafka", target / "postgres"
    (kafka / "libs").mkdir(parents=True)
    for jar in kafka_jars(settings.default_cache(), print):
        shutil.copy(jar, kafka / "libs")
    shutil.copytree(find_java(None).parent.parent, kafka / "java", symlinks=True)
    (kafka / "log4j2.yaml").write_text(LOGGING.replace("WARN", "INFO"))

    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    shutil.copytree(package / TREE, postgres / PACKAGE / TREE, symlinks=True)
    shutil.copytree(package.parent / f"{PACKAGE}.libs", postgres / f"{PACKAGE}.libs")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
