"""The campaign: every fault of a form, in labs made anew now and then; one JSON file per fault."""

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from tests.faults.broker_faults import FAULTS as BROKER
from tests.faults.data_faults import FAULTS as DATA
from tests.faults.database_faults import FAULTS as DATABASE
from tests.faults.disk import small_disks
from tests.faults.fault import Fault, Tier
from tests.faults.lab import Lab
from tests.faults.process_faults import FAULTS as PROCESSES
from tests.faults.resource_faults import FAULTS as RESOURCES
from tests.faults.result import Run
from tests.faults.run import Bench, run

FAULTS: list[Fault] = sorted(
    [*PROCESSES, *BROKER, *DATABASE, *DATA, *RESOURCES], key=lambda fault: (fault.small_disk, fault.row)
)
_FORMS: dict[Tier, tuple[Tier, ...]] = {
    "short": ("short",),
    "middle": ("short", "middle"),
    "full": ("short", "middle", "full"),
}
# A lab's history makes each start of a scorer a little longer; figures should not depend on a run's place.
_MOST_RECORDS = 150_000


def of_form(tier: Tier, only: Sequence[str] = ()) -> list[Fault]:
    """The faults of a form; with `only`, those whose row or name is named, whatever the form."""
    if only:
        return [fault for fault in FAULTS if fault.row in only or fault.name in only]
    return [fault for fault in FAULTS if fault.tier in _FORMS[tier]]


class Campaign:
    """Runs faults and writes what came of them below `output`."""

    def __init__(self, inherited: Mapping[str, str], output: Path, seed: int, tier: Tier) -> None:
        self._inherited = inherited
        self._output = output
        self._seed = seed
        self._tier = tier
        self._bench: Bench | None = None
        self._records = 0
        self._close = contextlib.ExitStack()

    async def run(self, faults: Sequence[Fault], repeats: int | None) -> list[Run]:
        """All runs, in order. `repeats` overrules those of the full form; the others do each once."""
        self._output.mkdir(parents=True, exist_ok=True)
        runs: list[Run] = []
        try:
            for _, group in groupby(faults, key=lambda fault: (fault.size, fault.small_disk)):
                for fault in group:
                    runs += await self._repeat(fault, repeats)
                await self._end_lab()
        finally:
            await self._end_lab()
        return runs

    async def _repeat(self, fault: Fault, repeats: int | None) -> list[Run]:
        reason = fault.needs()
        runs: list[Run] = []
        times = repeats or (fault.repeats if self._tier == "full" else 1)
        for repeat in range(0 if reason else times):
            bench = await self._lab(fault)
            done = await run(bench, fault, repeat, self._seed, self._tier == "full")
            self._records += done.records
            runs.append(done)
            print(line(done), flush=True)
            if not done.clean:
                self._keep_logs(bench, fault, repeat)
            if done.error or self._records > _MOST_RECORDS:
                await self._end_lab()
        self._write(fault, runs, reason)
        return runs

    async def _lab(self, fault: Fault) -> Bench:
        if self._bench is None:
            data = Path(tempfile.mkdtemp(prefix="faults-"))
            self._close.callback(shutil.rmtree, data, ignore_errors=True)
            if fault.small_disk:
                self._close.enter_context(small_disks(data))
            lab = Lab(data, self._inherited, fault.size)
            try:
                self._bench = await Bench.start(lab, self._seed)
            except BaseException:
                await lab.erase()
                raise
            self._records = 0
        return self._bench

    async def _end_lab(self) -> None:
        if self._bench is not None:
            await self._bench.erase()
            self._bench = None
        self._close.close()

    def _keep_logs(self, bench: Bench, fault: Fault, repeat: int) -> None:
        target = self._output / "logs" / f"{fault.row}-{fault.name}-{repeat}"
        shutil.copytree(bench.lab.data / "logs", target, dirs_exist_ok=True)

    def _write(self, fault: Fault, runs: list[Run], reason: str) -> None:
        content = {
            "row": fault.row,
            "name": fault.name,
            "what": fault.what,
            "form": self._tier,
            "campaign_seed": self._seed,
            "written_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "not_injected": reason,
            "runs": [asdict(done) for done in runs],
        }
        file = self._output / f"{fault.row}-{fault.name}.json"
        file.write_text(json.dumps(content, indent=1) + "\n")


def line(done: Run) -> str:
    """One run in one line."""
    verdict = "clean" if done.clean else "NOT CLEAN"
    numbers = (
        f"{done.records} records, lost {done.lost}, doubled {done.duplicated}, wrong {done.wrong_answers}, "
        f"state {done.wrong_state}, ahead {done.committed_ahead}, again {done.redelivered}, "
        f"recovery {done.recovery_seconds} s, {done.seconds:.0f} s"
    )
    more = [done.error, *done.exceptions[:3], *done.complaints[:3]]
    tail = "".join(f"\n    {text}" for text in more if text)
    return f"{done.row} {done.fault} #{done.repeat}: {verdict}: {numbers}{tail}"


def read(output: Path) -> Iterator[dict[str, object]]:
    """What was written, fault by fault."""
    for file in sorted(output.glob("F*.json")):
        yield json.loads(file.read_text())
