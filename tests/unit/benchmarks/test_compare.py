"""A run against the last committed one."""

from benchmarks.compare import changes, report
from benchmarks.figures import Figure


def figure(own: float, floor: float | None = None, better: str = "more") -> Figure:
    floors = {} if floor is None else {"loop": [floor]}
    return Figure(
        "door", "Door", "records/s", [own], floors=floors, better="more" if better == "more" else "less"
    )


def said(before: Figure, now: Figure) -> str:
    return report(list(changes([before], [now])))


def test_a_slower_machine_alone_is_no_regression_where_there_is_a_floor() -> None:
    assert "none differs" in said(figure(30, 20), figure(15, 10))


def test_a_ratio_that_fell_by_a_fifth_is_worse() -> None:
    assert "WORSE by 20%: Door against loop, 1.5 before, 1.2 now" in said(figure(30, 20), figure(24, 20))


def test_a_ratio_that_fell_by_a_tenth_is_noise() -> None:
    assert "none differs" in said(figure(30, 20), figure(27, 20))


def test_more_is_worse_where_less_is_better() -> None:
    assert "WORSE by 50%" in said(figure(2, 1, "less"), figure(3, 1, "less"))
    assert "better by 50%" in said(figure(2, 1, "less"), figure(1, 1, "less"))


def test_a_value_without_a_floor_is_compared_with_a_word_of_caution() -> None:
    assert "WORSE by 50%: Door (no floor: it depends on the machine)" in said(figure(30), figure(15))


def test_figures_and_floors_that_only_one_run_has_are_passed_over() -> None:
    other = Figure("other", "Other", "ms", [1.0])

    assert list(changes([figure(30, 20)], [other])) == []
    assert list(changes([figure(30)], [figure(10, 20)])) == []


def test_zero_before_is_no_division() -> None:
    assert "none differs" in said(figure(0), figure(15))
