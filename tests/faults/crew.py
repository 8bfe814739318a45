"""The product's processes under test: started, revived as a supervisor would, and their ends noted."""

import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.process import Process

_REVIVE_SECONDS = 0.5
_LOOK_SECONDS = 0.1
_MODULES = {"api": "ingest_api", "scorer": "stream_processor.scorer", "sink": "stream_processor.sink"}


@dataclass(frozen=True)
class End:
    """How a process ended; a negative code is a signal. `at` is monotonic seconds."""

    name: str
    code: int
    at: float


@dataclass
class Member:
    """One place in the crew: `role` is api, scorer or sink; `own` is environment of its own."""

    name: str
    role: str
    module: str
    own: dict[str, str]
    process: Process
    wanted: bool = True
    starts: int = 1
    extra: dict[str, str] = field(default_factory=dict)


class Crew:
    """Every start has a log file of its own, so that nothing a process said is lost."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = dict(environment)
        self._logs = logs
        self.members: dict[str, Member] = {}
        self.ends: list[End] = []
        self._reviving: asyncio.Task[None] | None = None

    def add(self, role: str, number: int, own: Mapping[str, str], module: str | None = None) -> Member:
        """Starts a new process of a role, to be kept running."""
        name = f"{role}-{number}"
        module = module or _MODULES[role]
        member = Member(name, role, module, dict(own), self._process(name, module, own, 1))
        self.members[name] = member
        member.process.start()
        return member

    def of(self, role: str) -> list[Member]:
        """All of a role."""
        return [member for member in self.members.values() if member.role == role]

    def start(self, member: Member, module: str | None = None, **settings: str) -> None:
        """Starts it anew, kept running from now on; `settings` are FLOWSERVE_* names, for once."""
        own = {f"FLOWSERVE_{name.upper()}": value for name, value in settings.items()}
        member.starts += 1
        environment = member.own | member.extra | own
        member.process = self._process(member.name, module or member.module, environment, member.starts)
        member.process.start()
        member.wanted = True

    async def kill(self, member: Member) -> None:
        """SIGKILL; it is revived a moment later if it is wanted."""
        await asyncio.to_thread(member.process.kill)

    async def crash_at(self, member: Member, point: str, number: int, **settings: str) -> None:
        """Starts it so that it kills itself at a crash point."""
        member.wanted = False
        await self.kill(member)
        self._note(member)
        self.start(member, crash_at=f"{point}:{number}", **settings)

    async def stop(self, member: Member, seconds: float = 30) -> float:
        """SIGTERM, and it is not revived; the seconds that it took."""
        member.wanted = False
        began = time.monotonic()
        await asyncio.to_thread(member.process.stop, seconds)
        self._note(member)
        return time.monotonic() - began

    def remove(self, member: Member) -> None:
        """Kills it for good."""
        member.wanted = False
        member.process.kill()
        self._note(member)
        del self.members[member.name]

    def keep_alive(self) -> None:
        """From now on what is wanted and has ended is started again, half a second later."""
        self._reviving = asyncio.create_task(self._revive())

    async def release(self) -> None:
        """Revives nobody any more and kills all."""
        if self._reviving is not None:
            self._reviving.cancel()
            await asyncio.gather(self._reviving, return_exceptions=True)
        for member in self.members.values():
            await self.kill(member)

    async def _revive(self) -> None:
        while True:
            dead = [each for each in self.members.values() if each.wanted and not each.process.alive]
            for member in dead:
                self._note(member)
            if dead:
                await asyncio.sleep(_REVIVE_SECONDS)
            for member in dead:
                if member.wanted and not member.process.alive:
                    self.start(member)
            await asyncio.sleep(_LOOK_SECONDS)

    def _note(self, member: Member) -> None:
        code = member.process.exit_code
        if code is not None and not any(end.name == f"{member.name}.{member.starts}" for end in self.ends):
            self.ends.append(End(f"{member.name}.{member.starts}", code, time.monotonic()))

    def _process(self, name: str, module: str, own: Mapping[str, str], start: int) -> Process:
        command = [sys.executable, "-m", module]
        log = self._logs / f"{name}.{start}.log"
        return Process(name, command, {**self._environment, **own}, log)
