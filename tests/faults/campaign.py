"""The campaign: every fault of a form, in labs made anew now and then; one JSON file per fault."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from tests.faults.broker_faults import FAULTS as BROKER
from tests.faults.data_faults import FAULTS as DATA
from tests.faults.database_faults import FAULTS as DATABASE
from tests.faults.disk import small_disks
from tests.faults.fault import Fault, Tier
from tests.faults.input_faults import FAULTS as INPUT
from tests.faults.lab import Lab, Size
from tests.faults.process_faults import FAULTS as PROCESSES
from tests.faults.replay_faults import FAULTS as REPLAY
from tests.faults.resource_faults import FAULTS as RESOURCES
from tests.faults.result import Run
from tests.faults.results import Results
from tests.faults.run import Bench, run

FAULTS: list[Fault] = sorted(
    [*PROCESSES, *BROKER, *DATABASE, *DATA, *INPUT, *REPLAY, *RESOURCES],
    key=lambda fault: (fault.small_disk, fault.row),
)
_FORMS: dict[Tier, tuple[Tier, ...]] = {
    "short": ("short",),
    "middle": ("short", "middle"),
    "full": ("short", "middle", "full"),
}
# A lab's history makes each start of a scorer a little longer; figures should not depend on a run's place.
_MOST_RECORDS = 300_000
# The short form runs with every `make test`, beside other tests: each process that it starts is paid there.
_SHORT_SIZE = Size(apis=2, scorers=2, sinks=1)


def of_form(tier: Tier, only: Sequence[str] = ()) -> list[Fault]:
    """The faults of a form; with `only`, those whose row or name is named, whatever the form."""
    if only:
        return [fault for fault in FAULTS if fault.row in only or fault.name in only]
    return [fault for fault in FAULTS if fault.tier in _FORMS[tier]]


class Campaign:
    """Runs faults and notes what came of them in `results`; begins none once `over()`."""

    def __init__(
        self,
        inherited: Mapping[str, str],
        results: Results,
        resume: bool = False,
        over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._inherited = inherited
        self._results = results
        self._resume = resume
        self._over = over
        self._bench: Bench | None = None
        self._records = 0
        self._close = contextlib.ExitStack()

    def plan(self, faults: Sequence[Fault], runs: int = 1) -> list[tuple[Fault, int]]:
        """The runs that are to be done; in the full form each injects its fault several times."""
        return [
            (fault, repeat)
            for fault in faults
            for repeat in range(runs)
            if not (self._resume and self._results.has(fault, repeat))
        ]

    async def run(self, plan: Sequence[tuple[Fault, int]]) -> list[Run]:
        """Those of the plan that were begun in time, in its order."""
        runs: list[Run] = []
        try:
            for _, group in groupby(plan, key=lambda each: (each[0].size, each[0].small_disk)):
                for fault, repeat in group:
                    if self._over():
                        return runs
                    runs += await self._one(fault, repeat)
                await self._end_lab()
        finally:
            await self._end_lab()
        return runs

    async def _one(self, fault: Fault, repeat: int) -> list[Run]:
        if reason := fault.needs():
            print(f"{fault.row} {fault.name}: not done: {reason}", flush=True)
            self._results.write(fault, 0, None, reason)
            return []
        bench = await self._lab(fault)
        done = await run(bench, fault, repeat, self._results.seed, self._results.form == "full")
        self._records += done.records
        self._results.write(fault, repeat, done)
        print(line(done), flush=True)
        if not done.clean:
            self._keep_logs(bench, fault, repeat)
        if done.error or self._records > _MOST_RECORDS:
            await self._end_lab()
        return [done]

    async def _lab(self, fault: Fault) -> Bench:
        if self._bench is None:
            data = Path(tempfile.mkdtemp(prefix="faults-"))
            self._close.callback(shutil.rmtree, data, ignore_errors=True)
            if fault.small_disk:
                self._close.enter_context(small_disks(data))
            lab = Lab(data, self._inherited, _SHORT_SIZE if self._results.form == "short" else fault.size)
            try:
                self._bench = await Bench.start(lab, self._results.seed)
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
        target = self._results.folder / "logs" / f"{fault.row}-{fault.name}-{repeat}"
        shutil.copytree(bench.lab.data / "logs", target, dirs_exist_ok=True)


def line(done: Run) -> str:
    """One run in one line."""
    verdict = "clean" if done.clean else "NOT CLEAN"
    numbers = (
        f"{done.records} records, lost {done.lost}, doubled {done.duplicated}, wrong {done.wrong_answers}, "
        f"state {done.wrong_state}, ahead {done.committed_ahead}, again {done.redelivered}, "
        f"recovery {', '.join(f'{each:g}' for each in done.recoveries)} s, {done.seconds:.0f} s"
    )
    more = [done.error, *done.exceptions[:3], *done.complaints[:3]]
    tail = "".join(f"\n    {text}" for text in more if text)
    return f"{done.row} {done.fault} #{done.repeat}: {verdict}: {numbers}{tail}"
