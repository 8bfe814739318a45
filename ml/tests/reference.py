"""Every feature a second time, independent of the folds: pandas for the calendar, matrices for the rest.

Nothing is kept up to date here: each row of a customer or terminal is compared with all of its rows at once.
`mistake` names a seeded mistake, to show that a comparison with the folds would see it.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from flowserve_ml.features.definitions import CUSTOMER_FEATURES, FEATURES, TERMINAL_FEATURES
from flowserve_ml.features.stream import Log

DAY = 86_400
DAYS = (1, 7, 30)
MATURITY = 7 * DAY + 3_600
HORIZON = 45 * DAY
SLACK = 7_200

Seconds = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MATURITIES = {
    "maturity a second early": MATURITY - 1,
    "maturity a second late": MATURITY + 1,
    "no label delay": 0,
}
MISTAKES = (
    "closed on the left",
    "same second counts later rows",
    "current row left out",
    "calendar days",
    "night ends at six",
    "floats summed",
    "a run survives a genuine row",
    *MATURITIES,
)


def expected_rows(log: Log, mistake: str = "") -> pd.DataFrame:
    """The features of every row in log order, columns FEATURES."""
    frame = pd.DataFrame({"t": log.times, "customer": log.customers, "terminal": log.terminals})
    frame["cents"], frame["fraud"], frame["mark"] = log.cents, log.due_frauds, frame["t"].cummax()
    frame["as_of"] = frame["t"].clip(lower=frame["mark"] - SLACK)
    moment = pd.to_datetime(frame["t"], unit="s", utc=True)
    amount = frame["cents"] / 100
    frame["amount"], frame["amount_tail"] = amount, amount.where(amount > 150)
    frame["weekend"] = moment.dt.day_name().isin(["Saturday", "Sunday"]).astype(float)
    frame["night"] = (moment.dt.hour < (6 if mistake == "night ends at six" else 7)).astype(float)
    frame = _joined(frame, "customer", _customer, CUSTOMER_FEATURES, mistake)
    frame["plain"] = (frame["customer_ratio"] < 2.2) & (frame["amount"] <= 220)
    return _joined(frame, "terminal", _terminal, TERMINAL_FEATURES, mistake)[list(FEATURES)]


def _joined(
    frame: pd.DataFrame, owner: str, rows: object, names: tuple[str, ...], mistake: str
) -> pd.DataFrame:
    parts = [
        pd.DataFrame(rows(group, mistake), columns=list(names), index=group.index)  # type: ignore[operator]
        for _, group in frame.groupby(owner)
    ]
    return frame.join(pd.concat(parts))


def _customer(group: pd.DataFrame, mistake: str) -> Floats:
    t, cents = group["t"].to_numpy(), group["cents"].to_numpy()
    ratios = _ratios(t, group["mark"].to_numpy(), cents / 100)
    past = np.tri(len(t), k=-1, dtype=bool) & (t <= t[:, None])
    columns = []
    for days in DAYS:
        inside = _window(t, past, days, mistake)
        count = inside.sum(axis=1)
        if mistake == "floats summed":
            total = np.array([sum((cents[row] / 100).tolist()) for row in inside])
            columns += [count, total / count]
        else:
            columns += [count, (inside @ cents) / (100 * np.maximum(count, 1))]
    age = t[:, None] - t
    week, fortnight = past & (age < 7 * DAY), past & (age < 14 * DAY)
    columns += [ratios, np.where(week, ratios, 0).max(axis=1), (fortnight & (ratios > 2.5)).sum(axis=1)]
    return np.column_stack(columns).astype(float)


def _window(t: Seconds, past: Flags, days: int, mistake: str) -> Flags:
    inside = past | np.eye(len(t), dtype=bool)
    if mistake == "same second counts later rows":
        inside = inside | (t == t[:, None])
    if mistake == "current row left out":
        inside = past
    if mistake == "calendar days":
        return inside & (t // DAY > t[:, None] // DAY - days)
    age = t[:, None] - t
    return inside & ((age <= days * DAY) if mistake == "closed on the left" else (age < days * DAY))


def _ratios(t: Seconds, marks: Seconds, amounts: Floats) -> Floats:
    ratios, total, count, latest = [], 0.0, 0, -HORIZON
    for second, mark, amount in zip(t.tolist(), marks.tolist(), amounts.tolist(), strict=True):
        if mark - latest >= HORIZON:
            total, count = 0.0, 0
        usual = (total + 53) / (count + 1) if count < 20 else total / count
        ratios.append(amount / usual)
        total, count, latest = total + min(amount, 3 * usual), count + 1, max(latest, second)
    return np.array(ratios)


def _terminal(group: pd.DataFrame, mistake: str) -> Floats:
    t, as_of = group["t"].to_numpy(), group["as_of"].to_numpy()[:, None]
    fraud, plain = group["fraud"].to_numpy(), group["plain"].to_numpy()
    age = as_of - t
    seen = np.tri(len(t), k=-1, dtype=bool) & (age >= MATURITIES.get(mistake, MATURITY)) & (age < HORIZON)
    genuine = np.where(seen & ~fraud, t, -HORIZON).max(axis=1, keepdims=True)
    run = seen & fraud
    if mistake != "a run survives a genuine row":
        run &= t > genuine
    first = np.where(run, t, np.iinfo(np.int64).max).min(axis=1, keepdims=True)
    bad, known = run.any(axis=1, keepdims=True), genuine > -HORIZON
    columns = (
        np.where(bad, 1.0, np.where(known, 0.0, -1.0)),
        np.where(bad, (as_of - first) / DAY, -1.0),
        (run & plain).sum(axis=1, keepdims=True),
        np.where(known, (as_of - genuine) / DAY, 45.0),
    )
    return np.hstack(columns)
