"""Which days train, validate and test: always forward in time, with room for labels to fall due."""

from dataclasses import dataclass

from flowserve_ml.errors import InputError

LABEL_DELAY_DAYS = 7
"""A fraud is known at the latest this long after it happened; until then its row is not trained on."""

_LEAST_TRAINING_DAYS = 14


@dataclass(frozen=True, slots=True)
class Split:
    """Day numbers, ends excluded: train [train, train_end), validate [validate, test), test [test, end)."""

    train: int
    train_end: int
    validate: int
    test: int
    end: int

    @classmethod
    def of(cls, days: int, warm_up_days: int, weeks: int) -> "Split":
        """Test on the last `weeks`, validate on as many before, train on what was due by then.

        Raises InputError if that leaves fewer than 14 days to train on.
        """
        if warm_up_days < 0 or weeks < 1:
            raise InputError(
                "warm-up days must not be negative, and there must be at least one week to test on"
            )
        test = days - 7 * weeks
        validate = test - 7 * weeks
        train_end = validate - LABEL_DELAY_DAYS
        if train_end - warm_up_days < _LEAST_TRAINING_DAYS:
            needed = days + _LEAST_TRAINING_DAYS - (train_end - warm_up_days)
            raise InputError(
                f"{days} days are too few, {needed} are needed: {warm_up_days} to warm up, "
                f"{_LEAST_TRAINING_DAYS} to train, {LABEL_DELAY_DAYS} for labels, "
                f"{2 * weeks} weeks to validate and test"
            )
        return cls(warm_up_days, train_end, validate, test, days)
