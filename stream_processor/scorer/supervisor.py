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
    """Forgets the actors of partitions that left; one of ours that crashed ends the process."""

    async def restart_services(self, services: list[ServiceT]) -> None:
        """Called at every look, every five seconds at least, with the actors that crashed since the last."""
        for actor in cast(list[Actor], services):
            if _is_ours(actor):
                leave(
                    EXIT_FAILED,
                    f"{actor.label} ended ({actor.crash_reason!r}), and its partition is still ours",
                )
        # One that had nothing to do ends without a crash.
        actors = cast(list[Actor], self._services)
        self.discard(*[actor for actor in actors if _has_ended(actor) and not _is_ours(actor)])


def _is_ours(actor: Actor) -> bool:
    return actor in cast(Agent, actor.agent)._actor_by_partition.values()


def _has_ended(actor: Actor) -> bool:
    return actor.actor_task is not None and actor.actor_task.done()
