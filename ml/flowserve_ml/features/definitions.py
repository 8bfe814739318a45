"""Names, order and constants of every feature; `transaction`, `customer` and `terminal` compute them.

All times are whole seconds since 1970-01-01T00:00:00Z, all calendar features are UTC, and amounts are
major units of the base currency. Windows are half open: (t - w, t].
"""

DEFINITIONS_VERSION: int = 2
"""Raised whenever a feature is added or its meaning changes; a model names the version it was trained on."""

DAY_SECONDS = 86_400
HORIZON_SECONDS = 45 * DAY_SECONDS
"""Nothing older than this (event time) is remembered, live or in recovery."""

MAX_REMEMBERED_ROWS = 5_000
"""Rows remembered per customer, frauds remembered per terminal; the oldest go first."""

LABEL_DELAY_SECONDS = 7 * DAY_SECONDS
"""A label is due this long after its transaction: fraud if it was reported by then, else genuine."""

MATURITY_SECONDS = LABEL_DELAY_SECONDS + 3_600
"""Terminal features at t see transactions up to t minus this: a due label has an hour to travel."""

SLACK_SECONDS = 7_200
"""A terminal answers exactly for any t this much before the mark; later comers get the view of then."""

TRANSACTION_FEATURES: tuple[str, ...] = ("amount", "amount_tail", "weekend", "night")
CUSTOMER_FEATURES: tuple[str, ...] = (
    "customer_count_1d",
    "customer_mean_1d",
    "customer_count_7d",
    "customer_mean_7d",
    "customer_count_30d",
    "customer_mean_30d",
    "customer_ratio",
    "customer_max_ratio_7d",
    "customer_anomalies_14d",
)
TERMINAL_FEATURES: tuple[str, ...] = (
    "terminal_last_label",
    "terminal_run_age",
    "terminal_run_ordinary",
    "terminal_since_genuine",
)
FEATURES: tuple[str, ...] = TRANSACTION_FEATURES + CUSTOMER_FEATURES + TERMINAL_FEATURES
"""Every feature that is computed, in the order of a row; a model reads a subset of them."""

MAY_BE_MISSING: tuple[str, ...] = ("amount_tail",)
"""The features that are NaN where there is nothing to say; all others always have a value."""

# The constants below fit the simulator's scenarios; a bank's own data would need them fitted again.
TAIL_AMOUNT = 150.0
"""Above it `amount_tail` repeats the amount, so that histogram bins resolve the rare large amounts."""

NIGHT_END_HOUR = 6
"""The last hour of the night, included: 06:59:59 is night."""

PRIOR_MEAN = 53.0
"""The usual amount assumed of a customer nobody knows yet."""

PRIOR_ROWS = 20
"""Below this many amounts the usual amount includes the prior as one pseudo-observation."""

CAP_RATIO = 3.0
"""An amount counts towards the usual amount as at most this many times the usual amount."""

ANOMALY_RATIO = 2.5
"""A transaction above this many times the usual amount is anomalous."""

MIN_MEAN = 0.01
"""Floor of the usual amount: a customer who only ever paid zero must not divide by zero."""

ORDINARY_RATIO = 2.2
ORDINARY_AMOUNT = 220.0
"""A fraud below this ratio and not above this amount is ordinary: a lost card does not explain it."""
