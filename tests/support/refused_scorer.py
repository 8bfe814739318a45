"""`python -m tests.support.refused_scorer`: a scorer whose joins of the group get an unknown error."""

from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import UnknownError

from stream_processor.scorer.__main__ import main

send = GroupCoordinator._send_req


async def refused(coordinator: GroupCoordinator, request: Any) -> Any:  # noqa: ANN401  (aiokafka's own signature)
    """The broker's answer, but for that error."""
    answer = await send(coordinator, request)
    if "JoinGroup" in type(answer).__name__:
        answer.error_code = UnknownError.errno
    return answer


if __name__ == "__main__":
    GroupCoordinator._send_req = refused
    main()
