"""What happens when one of Faust's actors ends: it is never replaced.

Faust cancels the actor of a partition that is taken away, takes that for a crash, and its stock supervisor
puts a new one in its place, for a partition that is not ours. Its allowance of 100 restarts a second holds a
single one, so two partitions that left within ten milliseconds ended the process.
"""

from typing import cast

from faust.agents.actor import Actor
from faust.agents.agent import Agent
from mode.supervisors import OneForOneSupervisor
from mode.types.services import ServiceT

from stream_processor.scorer.watchdog import EXIT_FAILED, leave


class PartitionSupervisor(OneForOneSupervisor):
    """Forgets the actors of partitions that left; one of ours that ended ends the process."""

    async def restart_services(self, services: list[ServiceT]) -> None:
        """Called with the actors that ended since the last look."""
        for service in services:
            actor = cast(Actor, service)
            if actor in cast(Agent, actor.agent)._actor_by_partition.values():
                leave(EXIT_FAILED, f"{actor.label} ended, and its partition is still ours")
            self.discard(actor)
