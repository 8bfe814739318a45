"""Small data shared by the tests: one simulation and one model trained on it, made once."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import settings

from flowserve_ml.settings import use_one_thread

use_one_thread()
# How long one example takes is the machine's business: a busy one would fail tests that are right.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

from flowserve_ml.runtime import Model  # noqa: E402  # OpenMP must be told before scikit-learn loads
from flowserve_ml.simulation.recipe import Recipe  # noqa: E402
from flowserve_ml.simulator import Transactions, simulate, truth_of  # noqa: E402
from flowserve_ml.training.data import Data  # noqa: E402
from flowserve_ml.training.run import Order, Origin, train  # noqa: E402
from flowserve_ml.training.split import Split  # noqa: E402

START = date(2026, 4, 1)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Say = Callable[[], str]
SMALL = Recipe(customers=250, terminals=600, days=70, bad_terminals_per_day=1, lost_cards_per_day=1)


@pytest.fixture(scope="session")
def transactions() -> Transactions:
    return simulate(SMALL, START, seed=3)


@pytest.fixture(scope="session")
def data(transactions: Transactions) -> Data:
    return Data.fold(transactions, truth_of(SMALL, seed=3), io.StringIO())


@pytest.fixture(scope="session")
def rows(data: Data) -> npt.NDArray[np.float64]:
    return data.rows


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory, data: Data) -> Path:
    """A folder of models with version 1.0 in use; tests copy what they damage."""
    folder = tmp_path_factory.mktemp("models")
    split = Split.of(data.transactions.day_count, warm_up_days=14, weeks=1)
    origin = Origin("simulation, seed 3", 3, {}, studied=False)
    train(data, origin, split, Order(folder, "1.0", NOW), io.StringIO())
    return folder


@pytest.fixture(scope="session")
def models_model(models: Path) -> Model:
    return Model.load(models / "1.0")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Say:
    """The last line on stderr; there is no other way to fail than by such a line."""

    def last_line() -> str:
        line = capsys.readouterr().err.splitlines()[-1]
        assert line.startswith("flowserve-ml: ")
        return line

    return last_line
