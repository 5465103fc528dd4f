"""The table of an experiment: its statistics are numpy's, and it says what it does not know."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import Diverged
from experiment_cases import begin_member, measured, planned_experiment, train_member
from store_cases import new_store
from workspace.experiment_table import experiment_table, spread
from workspace.experiments import ExperimentStore

CELLS = {"model_type": ["rnn", "gru"]}


@pytest.fixture
def store(tmp_path: Path) -> ExperimentStore:
    """Return a store in a workspace that does not exist yet."""
    return ExperimentStore(new_store(tmp_path))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_mean_and_spread_are_numpys(values: list[float]) -> None:
    """The sample standard deviation, divided by n - 1."""
    found = spread(values)
    assert found is not None
    assert found.std is not None
    assert found.mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-6)
    assert found.std == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-6)
    assert found.count == len(values)


def test_one_measurement_has_no_spread() -> None:
    """Nor has none a mean."""
    alone = spread([2.0])
    assert alone is not None
    assert (alone.mean, alone.std, alone.count) == (2.0, None, 1)
    assert spread([]) is None


def test_rows_sum_up_the_seeds(store: ExperimentStore) -> None:
    """Every number of a row is what the stored events of its runs give."""
    number = planned_experiment(store, CELLS, seeds=2).experiment
    losses = {1: (3.0, 2.0), 2: (3.0, 1.5, 1.8), 3: (2.9, 2.4), 4: (1.4,)}
    for member, found in losses.items():
        train_member(
            store, number, member, *measured(*found, seconds=member, tokens=100 * member**2)
        )
    table = experiment_table(store.runs, store.members(number))
    rnn, gru = table.rows
    assert (rnn.values, gru.values) == ({"model_type": "rnn"}, {"model_type": "gru"})
    assert (rnn.runs, gru.runs) == ([1, 3], [2, 4])
    assert rnn.val_loss is not None
    assert rnn.perplexity is not None
    assert rnn.val_loss.mean == pytest.approx(2.2)
    assert rnn.val_loss.std == pytest.approx(np.std([2.0, 2.4], ddof=1))
    assert rnn.perplexity.mean == pytest.approx(np.mean(np.exp([2.0, 2.4])))
    assert rnn.perplexity.std == pytest.approx(np.std(np.exp([2.0, 2.4]), ddof=1))
    assert rnn.tokens_per_s is not None
    assert rnn.tokens_per_s.mean == pytest.approx(np.mean([100.0, 300.0]))
    assert rnn.parameters == 1234
    assert rnn.accuracy is None
    assert rnn.seconds is not None
    assert rnn.seconds.mean == 3.0
    # The worst of all best losses is member 3's, which all reached.
    assert table.to_loss == 2.4
    assert rnn.to_loss_s is not None
    assert rnn.to_loss_s.mean == pytest.approx(np.mean([2.0, 6.0]))
    assert gru.to_loss_s is not None
    assert gru.to_loss_s.mean == pytest.approx(np.mean([4.0, 4.0]))


def test_a_loss_that_one_seed_missed_has_no_time(store: ExperimentStore) -> None:
    """A mean over those that reached it would praise a model for its failures."""
    number = planned_experiment(store, CELLS, seeds=2).experiment
    for member, found in {1: (2.0,), 2: (1.0,), 3: (2.4,), 4: (1.2,)}.items():
        train_member(store, number, member, *measured(*found))
    rnn, gru = experiment_table(store.runs, store.members(number), to_loss=2.1).rows
    assert rnn.to_loss_s is None
    assert gru.to_loss_s is not None


def test_a_running_experiment_has_a_table(store: ExperimentStore) -> None:
    """What is stored counts, what is not there is unknown, and nothing breaks."""
    number = planned_experiment(store, CELLS).experiment
    members = store.members(number)
    nothing = experiment_table(store.runs, members)
    assert nothing.to_loss is None
    assert all(row.val_loss is None and row.statuses == ["waiting"] for row in nothing.rows)
    run = begin_member(store, number, 1)
    for event in measured(2.5, 2.25):
        store.runs.record(run, event)
    table = experiment_table(store.runs, store.members(number))
    assert table.rows[0].statuses == ["running"]
    assert table.rows[0].val_loss is not None
    assert table.rows[0].val_loss.mean == table.to_loss == 2.25


def test_a_run_that_diverged_moves_no_mark(store: ExperimentStore) -> None:
    """Its row says what it reached; the default loss of times is that of sound runs."""
    number = planned_experiment(store, CELLS).experiment
    gone = Diverged(step=2, what="loss", parameter="", message="away")
    train_member(store, number, 1, *measured(9.0), gone, reason="diverged")
    train_member(store, number, 2, *measured(2.0))
    table = experiment_table(store.runs, store.members(number))
    assert table.to_loss == 2.0
    assert table.rows[0].statuses == ["diverged"]
    assert table.rows[0].val_loss is not None
    assert table.rows[0].to_loss_s is None
