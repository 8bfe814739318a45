"""When the group keeps giving a static member new ids, somebody else uses its slot."""

from dataclasses import dataclass, field

from stream_processor.scorer.membership import MembershipWatch


@dataclass
class Scene:
    now: float = 0
    refusals: list[float] = field(default_factory=list)

    def watch(self) -> MembershipWatch:
        return MembershipWatch(lambda: self.now, lambda: self.refusals.append(self.now), most=4, seconds=60)


def test_rebalances_under_the_same_id_are_normal() -> None:
    scene = Scene()
    watch = scene.watch()
    for _ in range(100):
        watch.assigned("member-1")
    assert scene.refusals == []


def test_four_new_ids_within_a_minute_are_another_process() -> None:
    scene = Scene()
    watch = scene.watch()
    for number in range(5):
        scene.now = number * 15
        assert scene.refusals == []
        watch.assigned(f"member-{number}")
    assert scene.refusals == [60]


def test_new_ids_over_hours_are_long_pauses() -> None:
    scene = Scene()
    watch = scene.watch()
    for number in range(50):
        scene.now = number * 20.1
        watch.assigned(f"member-{number}")
    assert scene.refusals == []


def test_the_first_id_of_a_process_is_no_change() -> None:
    scene = Scene()
    for number in range(10):
        scene.watch().assigned(f"member-{number}")
    assert scene.refusals == []
