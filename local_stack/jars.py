"""Kafka's jars: resolved once into the cache folder, checked against `kafka.sha256` at every start.

A new version: change KAFKA, run `python -m local_stack checksums > local_stack/kafka.sha256`, read the diff.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from jgo.env import EnvironmentBuilder, LinkStrategy
from jgo.maven import MavenContext, PythonResolver

from local_stack.errors import PartFailed
from local_stack.lock import locked

KAFKA = "org.apache.kafka:kafka_2.13:4.4.0"
# Kafka's own jars log through SLF4J and bring no binding for it. Resolved by itself, because resolved
# together with Kafka it drags in kafka-clients of another version.
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5"
CHECKSUMS = Path(__file__).with_name("kafka.sha256")
TIMEOUT_SECONDS = 30

Tell = Callable[[str], None]


def kafka_jars(cache: Path, tell: Tell, checksums: Path = CHECKSUMS) -> list[Path]:
    """All jars of the class path, whole and unchanged; downloads what is missing or broken.

    Raises PartFailed when the download fails or a jar is not the one that was committed.
    """
    wanted = read_checksums(checksums.read_text())
    folder = cache / "jars"
    with locked(cache / "lock"):  # two first starts must not download into each other
        if broken(folder, wanted):
            _repair(folder, wanted, tell)
    return [folder / name for name in sorted(wanted)]


def read_checksums(text: str) -> dict[str, str]:
    """File name -> SHA-256, from lines as `sha256sum` prints them."""
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return {name: digest for digest, name in pairs}


def write_checksums(jars: Mapping[str, Path]) -> str:
    return "".join(f"{sha256(path)}  {name}\n" for name, path in sorted(jars.items()))


def broken(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Names of the files that are missing or have another content."""
    return [name for name, digest in wanted.items() if sha256(folder / name) != digest]


def sha256(path: Path) -> str | None:
    """None when there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def resolve(work: Path, tell: Tell) -> dict[str, Path]:
    """Resolves and downloads everything below `work`; file name -> where it is now."""
    context = MavenContext(
        resolver=PythonResolver(progress_callback=_reporting(tell)),
        repo_cache=work / "repository",
        timeout=TIMEOUT_SECONDS,
    )
    builder = EnvironmentBuilder(context, cache_dir=work / "environment", link_strategy=LinkStrategy.HARD)
    kafka = {jar.name: Path(jar) for jar in builder.from_endpoint(KAFKA).all_jars}
    logging = {jar.name: Path(jar) for jar in builder.from_endpoint(LOGGING).all_jars}
    return {**logging, **kafka}


def _repair(folder: Path, wanted: Mapping[str, str], tell: Tell) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Every attempt starts from nothing: a half download that stays in a repository would be taken for whole.
    for left in folder.parent.glob("download-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="download-") as work:
        tell("its jars, about 45 MB, only this once")
        try:
            found = resolve(Path(work), tell)
        except (OSError, RuntimeError, ValueError) as error:
            why = f"its jars could not be downloaded ({error}); check the network and start again"
            raise PartFailed("kafka", why) from error
        for name, digest in wanted.items():
            if name not in found or sha256(found[name]) != digest:
                raise PartFailed("kafka", f"the downloaded {name} is not the one in {CHECKSUMS.name}")
        for name in wanted:
            half = folder / f"{name}.half"
            shutil.copyfile(found[name], half)
            half.replace(folder / name)


def _reporting(tell: Tell) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    @contextmanager
    def report(filename: str, size: int) -> Iterator[Callable[[int], None]]:
        if filename.endswith(".jar"):
            tell(filename)
        yield lambda count: None

    return report
