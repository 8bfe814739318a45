"""Which days are old."""

from datetime import date

from stream_processor.provision.retention import days_before


def test_only_tables_of_earlier_days_are_old() -> None:
    parts = ["requests_2026_11_13", "requests_2026_11_14", "requests_default", "requests_of_2026_11_01"]
    assert days_before("requests", parts, date(2026, 11, 14)) == ["requests_2026_11_13"]
