"""A mutant and its tests in a process of their own: forked, so that libraries are loaded once for all."""

import importlib
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutation.mutants import Mutant, Source
from tests.mutation.targets import ROOT, Target

Fate = Literal["survived", "killed", "not importable", "timed out"]

# Not onnxruntime, which starts a thread as it is loaded: a fork would wait for its locks for ever.
_LIBRARIES = ("aiokafka", "faust", "jsonschema", "numpy", "prometheus_client", "pydantic_settings")
_OPTIONS = (
    "-x",
    "-q",
    "--tb=no",
    "--noconftest",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
_PLUGINS = ("-p", "_hypothesis_pytestplugin")
_ASYNCIO = ("-p", "pytest_asyncio.plugin")
_MOST_MEMORY = 3 << 30  # a loop without an end must not take the machine's


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant, and after how many seconds."""

    fate: Fate
    seconds: float


def load_libraries() -> None:
    """What the tests import and nobody changes; nothing of the product may be loaded before a fork."""
    for name in _LIBRARIES:
        importlib.import_module(name)


def tried(target: Target, source: Source, mutant: Mutant | None, limit: int) -> Outcome:
    """The tests of a target with a mutant (None: with the code as it is), for at most `limit` seconds."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        signal.alarm(limit)
        code: int = pytest.ExitCode.INTERNAL_ERROR
        try:
            code = _run_tests(target, source.compiled(mutant))
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return Outcome(_fate(status), time.monotonic() - began)


def _fate(status: int) -> Fate:
    if os.WIFSIGNALED(status):
        return "timed out" if os.WTERMSIG(status) == signal.SIGALRM else "killed"
    code = os.WEXITSTATUS(status)
    if code == pytest.ExitCode.OK:
        return "survived"
    return "killed" if code == pytest.ExitCode.TESTS_FAILED else "not importable"


def _run_tests(target: Target, code: CodeType) -> int:
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(quiet, stream)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.chdir(ROOT / target.folder)
    sys.meta_path.insert(0, _Finder(target.module, ROOT / target.file, code))
    plugins = _PLUGINS if target.stands_alone else (*_PLUGINS, *_ASYNCIO)
    return pytest.main([*_OPTIONS, *plugins, *target.tests], plugins=[_Quick()])


class _Quick:
    """Property tests tell only whether they fail, with the same examples each time."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        settings.register_profile(
            "mutation",
            deadline=None,
            database=None,
            derandomize=True,
            report_multiple_bugs=False,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutation")


class _Finder:
    """Finds one module in another form than its file has."""

    def __init__(self, module: str, file: Path, code: CodeType) -> None:
        self._module = module
        self._file = file
        self._code = code

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._module:
            return None
        return spec_from_file_location(name, self._file, loader=_Loader(name, str(self._file), self._code))


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code
