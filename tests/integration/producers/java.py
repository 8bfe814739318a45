"""Compiles the Java example without a JDK: Eclipse's compiler is one jar and runs on the broker's Java."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from jgo.env import EnvironmentBuilder, LinkStrategy
from jgo.maven import MavenContext, PythonResolver

from local_stack.jars import TIMEOUT_SECONDS, kafka_jars, sha256
from local_stack.java import find_java
from local_stack.lock import locked
from local_stack.parts import silent
from local_stack.settings import default_cache, default_java_home

_COMPILER = "org.eclipse.jdt:ecj:3.45.0"
_COMPILER_SHA256 = "c8f5e66787ea6e4e0394ba3051c86a4edc50683ce9850f71739646529a99a2d7"
# What kafka-clients names as its dependencies; the broker's jars hold more.
_CLIENT = ("kafka-clients", "lz4-java", "slf4j-api", "snappy-java", "zstd-jni")


def command(source: Path, folder: Path) -> list[str]:
    """The command that runs a class without a package, compiled for Java 17 below `folder`."""
    java = str(find_java(default_java_home()))
    jars = [str(jar) for jar in kafka_jars(default_cache(), silent) if jar.name.startswith(_CLIENT)]
    compile_it = [java, "-jar", str(_compiler()), "-17", "-proc:none", "-cp", ":".join(jars)]
    done = subprocess.run([*compile_it, "-d", folder, source], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [java, "-cp", ":".join((str(folder), *jars)), source.stem]


def _compiler() -> Path:
    """The jar, downloaded once and checked every time."""
    folder = default_cache().with_name("ecj")
    jar = folder / "ecj.jar"
    with locked(folder / "lock"):
        if sha256(jar) != _COMPILER_SHA256:
            with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as work:
                shutil.copyfile(_downloaded(Path(work)), folder / "ecj.jar.half")
            (folder / "ecj.jar.half").replace(jar)
    assert sha256(jar) == _COMPILER_SHA256, "the downloaded compiler is not the one that is named here"
    return jar


def _downloaded(work: Path) -> Path:
    context = MavenContext(resolver=PythonResolver(), repo_cache=work / "repository", timeout=TIMEOUT_SECONDS)
    builder = EnvironmentBuilder(context, cache_dir=work / "environment", link_strategy=LinkStrategy.HARD)
    return Path(builder.from_endpoint(_COMPILER).all_jars[0])
