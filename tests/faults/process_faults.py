"""F01 to F09: processes killed, stopped, frozen, crashed at named points, and too many of them."""

import asyncio
import signal
import time
from functools import partial

from schemas.crash_points import NAMES
from tests.faults.fault import Fault, Tier
from tests.faults.scene import Scene
from tests.support.waiting import until

KILLS = 5
# The first pass of these comes before there is traffic, or only now and then: which pass is drawn from here.
_PASSES = {"proc.mid_maturing": (5, 60), "proc.mid_recovery": (1, 1), "proc.during_commit": (2, 6)}


async def kill_apis(scene: Scene) -> None:
    """One of three, every two seconds."""
    for _ in range(4):
        await scene.kill(scene.any("api"))
        await scene.last(2)


async def crash(scene: Scene, point: str) -> None:
    """The process kills itself at the point, at a pass drawn by the seed."""
    role = {"api": "api", "proc": "scorer", "sink": "sink"}[point.partition(".")[0]]
    number = scene.chance.randint(*_PASSES.get(point, (1, 12)))
    # More than fits into one batch of the producer, so that a part of the results is durable.
    settings = {"batch_records": "2000"} if point == "proc.mid_results" else {}
    scene.figures["pass"] = number
    member = await scene.any_with_partitions() if role == "scorer" else scene.any(role)
    await scene.crash(member, point, number, **settings)


async def kill_at_random(scene: Scene, role: str, times: int) -> None:
    """Kills at random moments, also while the one before has not recovered yet."""
    for _ in range(times):
        await scene.last(scene.chance.uniform(0.2, 2.5))
        await scene.kill(scene.any(role))


async def terminate(scene: Scene, role: str) -> None:
    """SIGTERM under load, and a new start."""
    member = scene.any(role)
    seconds = await scene.lab.crew.stop(member)
    code = member.process.exit_code
    scene.figures |= {"exit_seconds": round(seconds, 1), "exit_code": code}
    scene.since = time.monotonic()
    scene.lab.crew.start(member)
    assert code == 0, f"{member.name} ended with {code}"
    assert seconds < 25, f"{member.name} took {seconds:.0f} s to stop"


async def stuck_batch(scene: Scene) -> None:
    """A model that never answers holds the event loop; SIGTERM must end the process all the same."""
    crew, member = scene.lab.crew, scene.any("scorer")
    await crew.stop(member)
    crew.start(member, module="tests.support.stuck_scorer", stop_seconds="5")
    member.wanted = False
    await until(lambda: "stuck now" in member.process.log.read_text(), "the batch is stuck", 60)
    began = time.monotonic()
    member.process.send(signal.SIGTERM)
    await until(lambda: not member.process.alive, "the watchdog ends it", 20)
    code = member.process.exit_code
    scene.figures |= {"exit_seconds": round(time.monotonic() - began, 1), "exit_code": code}
    scene.since = time.monotonic()
    crew.start(member)
    assert code == 75, f"{member.name} ended with {code}"


async def freeze(scene: Scene, role: str) -> None:
    """SIGSTOP for longer than the session, then SIGCONT: a zombie wakes up."""
    member = scene.any(role)
    seconds = scene.chance.uniform(13, 20)
    member.process.pause()
    await scene.last(seconds)
    scene.since = time.monotonic()
    member.process.resume()
    scene.figures["frozen_seconds"] = round(seconds, 1)


async def churn(scene: Scene) -> None:
    """Two more scorers join and leave every five to nine seconds."""
    crew, looks = scene.lab.crew, [(time.monotonic(), scene.watch.total)]
    until_then = time.monotonic() + scene.seconds(120, 30)
    number = 10
    while time.monotonic() < until_then:
        joined = [
            crew.add("scorer", number + each, {"FLOWSERVE_SCORER_SLOT": str(number + each)})
            for each in (0, 1)
        ]
        number += 2
        for _ in joined:
            await scene.last(scene.chance.uniform(5, 9) / 2)
            looks.append((time.monotonic(), scene.watch.total))
        for member in joined:
            await crew.stop(member)
            crew.remove(member)
    scene.since = time.monotonic()
    scene.figures["longest_stall_seconds"] = round(_longest_stall(scene), 1)


def _longest_stall(scene: Scene) -> float:
    """The worst backlog in seconds of the last two minutes: for so long somebody waited."""
    since = time.monotonic() - 150
    return max((lag for at, lag in scene.watch.scorer_lags if at > since), default=0.0)


async def idle_takes_over(scene: Scene) -> None:
    """Eight scorers share six partitions; one that works is killed for good, an idle one must take over."""
    crew = scene.lab.crew
    extra = [crew.add("scorer", number, {"FLOWSERVE_SCORER_SLOT": str(number)}) for number in range(20, 25)]
    await scene.last(25)
    victim = scene.lab.member("scorer", 0)
    victim.wanted = False
    await scene.kill(victim)
    await scene.progress(500)
    await scene.last(15)  # longer than the session: the group has moved on without it
    crew.start(victim)
    for member in extra:
        await crew.stop(member)
        crew.remove(member)
    scene.since = time.monotonic()


async def chaos(scene: Scene) -> None:
    """TERM, INT and KILL in bursts to whatever is there."""
    until_then = time.monotonic() + scene.seconds(90, 30)
    while time.monotonic() < until_then:
        for _ in range(scene.chance.randint(1, 4)):
            member = scene.any(scene.chance.choice(["api", "scorer", "sink"]))
            number = scene.chance.choice([signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
            if number is signal.SIGKILL:
                await scene.kill(member)
            elif member.process.alive:
                member.process.send(number)
            await asyncio.sleep(scene.chance.uniform(0.1, 1))
        await scene.last(scene.chance.uniform(2, 6))
    scene.since = time.monotonic()


def _crashes(row: str, prefix: str, first_of_all: str) -> list[Fault]:
    tiers: dict[bool, Tier] = {True: "short", False: "full"}
    return [
        Fault(
            row,
            name,
            f"the process kills itself at `{name}`, at a pass drawn by the seed",
            partial(crash, point=name),
            KILLS,
            tiers[name == first_of_all],
            "sink" if prefix == "sink" else "scorer",
        )
        for name in NAMES
        if name.startswith(prefix)
    ]


FAULTS = [
    Fault(
        "F01",
        "api-kill",
        "one of three APIs is killed every two seconds, four times",
        kill_apis,
        KILLS,
        "middle",
    ),
    *_crashes("F01", "api", "api.after_ack_waiting"),
    *_crashes("F02", "proc", "proc.after_results"),
    Fault(
        "F02",
        "scorer-kill",
        "a scorer is killed at random moments, eight times",
        partial(kill_at_random, role="scorer", times=8),
        KILLS,
        "middle",
    ),
    *_crashes("F03", "sink", "sink.after_pg_commit"),
    Fault(
        "F03",
        "sink-kill",
        "a sink is killed at random moments, four times",
        partial(kill_at_random, role="sink", times=4),
        KILLS,
        by="sink",
    ),
    Fault("F04", "scorer-term", "a scorer gets SIGTERM", partial(terminate, role="scorer"), KILLS, "middle"),
    Fault("F04", "api-term", "an API gets SIGTERM", partial(terminate, role="api"), KILLS),
    Fault("F04", "sink-term", "a sink gets SIGTERM", partial(terminate, role="sink"), KILLS, by="sink"),
    Fault("F05", "stuck-batch", "a scorer whose model hangs gets SIGTERM", stuck_batch),
    Fault(
        "F06",
        "scorer-freeze",
        "a scorer is stopped for 13 to 20 s and goes on",
        partial(freeze, role="scorer"),
        KILLS,
        "middle",
    ),
    Fault(
        "F06",
        "api-freeze",
        "an API is stopped for 13 to 20 s and goes on",
        partial(freeze, role="api"),
        KILLS,
    ),
    Fault(
        "F06",
        "sink-freeze",
        "a sink is stopped for 13 to 20 s",
        partial(freeze, role="sink"),
        KILLS,
        by="sink",
    ),
    Fault("F07", "churn", "two more scorers join and leave every 5 to 9 s", churn),
    Fault(
        "F08", "idle-takeover", "eight scorers share six partitions, and one that works dies", idle_takes_over
    ),
    Fault("F09", "chaos", "TERM, INT and KILL hit all processes in bursts", chaos, tier="middle"),
]
