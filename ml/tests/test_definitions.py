"""A model is good for the numbers that its features were computed with: they change with the version only."""

from flowserve_ml.features import definitions

NUMBERS_OF_VERSION_2 = {
    "DAY_SECONDS": 86_400,
    "HORIZON_SECONDS": 45 * 86_400,
    "MAX_REMEMBERED_ROWS": 5_000,
    "LABEL_DELAY_SECONDS": 7 * 86_400,
    "MATURITY_SECONDS": 7 * 86_400 + 3_600,
    "SLACK_SECONDS": 7_200,
    "TAIL_AMOUNT": 150.0,
    "NIGHT_END_HOUR": 6,
    "PRIOR_MEAN": 53.0,
    "PRIOR_ROWS": 20,
    "CAP_RATIO": 3.0,
    "ANOMALY_RATIO": 2.5,
    "MIN_MEAN": 0.01,
    "ORDINARY_RATIO": 2.2,
    "ORDINARY_AMOUNT": 220.0,
}


def test_whoever_changes_a_number_of_the_definitions_raises_their_version() -> None:
    numbers = {name: value for name, value in vars(definitions).items() if isinstance(value, int | float)}
    assert numbers == {"DEFINITIONS_VERSION": 2, **NUMBERS_OF_VERSION_2}
