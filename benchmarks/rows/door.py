"""Records straight through Kafka: the delivery layer alone, the real thing, and the loops that do less."""

from collections.abc import Iterable
from datetime import UTC, datetime

from benchmarks.cpu import Meter
from benchmarks.figures import Figure, Goal
from benchmarks.stage import PARTITIONS, Stage
from benchmarks.traffic import Asked, frauds, traffic
from benchmarks.watch import Watch, alive, rate
from local_stack.process import Process
from schemas.topics import FEEDBACK, PREDICTIONS, REQUESTS

RECORDS, CUSTOMERS = 200_000, 10_000
_ROUNDS = 3
_PATIENCE_SECONDS = 120.0
_LIBRDKAFKA, _AIOKAFKA = "librdkafka loop", "aiokafka loop"
_LOOPS = {_LIBRDKAFKA: "librdkafka_loop", _AIOKAFKA: "aiokafka_loop"}
_SCORER, _BROKER = "scorer", "broker"


class Door:
    """The runs of one benchmark, all over the same transactions."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.asked = traffic("door", stage.size(RECORDS), CUSTOMERS, datetime.now(UTC))
        self._source = ""

    async def fill_floors(self) -> None:
        """Once: the loops read the same topic again and again."""
        self._source = await self._stage.new_topic("requests", PARTITIONS)
        self._stage.fill(self._source, ((asked.key, asked.plain()) for asked in self.asked))

    async def loop(self, name: str, stateful: bool) -> float:
        """Records a second of a floor."""
        stage = self._stage
        target = await stage.new_topic("scores", PARTITIONS)
        more = ["--stateful"] if stateful else []
        process = stage.floor(
            _LOOPS[name], stage.bootstrap, self._source, target, target, str(stage.model), *more
        )
        try:
            return await self._rate(target, process)
        finally:
            process.kill()

    async def delivery(self) -> float:
        """Records a second of the scorer around constant features."""
        await self.fill()
        process = self._stage.python("constant_scorer", "benchmarks.constant_scorer", {})
        try:
            return await self._rate(PREDICTIONS, process)
        finally:
            process.kill()

    async def real(self) -> tuple[float, dict[str, float]]:
        """Records a second of the scorer, and microseconds of processor time for each record."""
        await self.fill(frauds(self.asked))
        process = self._stage.flowserve(_SCORER)
        pids = {_SCORER: process.pid, _BROKER: self._stage.kafka.process.pid}
        try:
            async with Watch(self._stage.bootstrap, PREDICTIONS, PARTITIONS) as watch:
                begun = (await watch.until(1, _PATIENCE_SECONDS, alive(process)))[-1][1]
                meter = Meter(pids)
                looks = await watch.until(len(self.asked), _PATIENCE_SECONDS, alive(process))
            return rate(looks), meter.microseconds(len(self.asked) - begun)
        finally:
            process.stop(30)

    async def of_two(self) -> float:
        """Records a second of two scorers, which share the partitions."""
        await self.fill(frauds(self.asked))
        pair = [self._stage.flowserve(_SCORER, scorer_slot=str(slot)) for slot in range(2)]
        try:
            return await self._rate(PREDICTIONS, *pair)
        finally:
            for process in pair:
                process.stop(30)

    async def fill(self, reported: Iterable[Asked] = ()) -> None:
        """Fresh topics with all requests."""
        await self._stage.fresh()
        self._stage.fill(FEEDBACK, ((asked.key, asked.report()) for asked in reported))
        self._stage.fill(REQUESTS, ((asked.key, asked.request()) for asked in self.asked))

    async def _rate(self, topic: str, *processes: Process) -> float:
        async with Watch(self._stage.bootstrap, topic, PARTITIONS) as watch:
            return rate(await watch.until(len(self.asked), _PATIENCE_SECONDS, alive(*processes)))


async def delivery(stage: Stage) -> list[Figure]:
    """The delivery layer beside the stateless loops."""
    door = Door(stage)
    await door.fill_floors()
    own: list[float] = []
    floors: dict[str, list[float]] = {name: [] for name in _LOOPS}
    for _ in range(stage.rounds(_ROUNDS)):
        for name in _LOOPS:
            floors[name].append(await door.loop(name, stateful=False))
        own.append(await door.delivery())
    goals = [Goal("at least", 0.9, _LIBRDKAFKA), Goal("at least", 2.0, _AIOKAFKA)]
    return [Figure("delivery", "Delivery layer alone", "records/s", own, goals, floors)]


async def real_thing(stage: Stage) -> list[Figure]:
    """The scorer as it is, beside the loops with a dict."""
    door = Door(stage)
    await door.fill_floors()
    own: list[float] = []
    two: list[float] = []
    cost: dict[str, list[float]] = {}
    floors: dict[str, list[float]] = {f"{name} + dict": [] for name in _LOOPS}
    for _ in range(stage.rounds(_ROUNDS)):
        for name in _LOOPS:
            floors[f"{name} + dict"].append(await door.loop(name, stateful=True))
        measured, spent = await door.real()
        own.append(measured)
        two.append(await door.of_two())
        for name, microseconds in spent.items():
            cost.setdefault(name, []).append(microseconds)
    goals = [Goal("at least", 30_000), Goal("at least", 1.2, f"{_AIOKAFKA} + dict")]
    return [
        Figure("door", "Kafka door, the real thing", "records/s", own, goals, floors),
        Figure("door-two", "Kafka door, two scorers", "records/s", two, [Goal("at least", 30_000)], floors),
        *(
            Figure(f"door-cpu-{name}", f"Kafka door, CPU: {name}", "µs/record", spent, better="less")
            for name, spent in cost.items()
        ),
    ]
