"""What is said of gates and units: their distribution, the saturated share, the dead ones."""

import pytest
import torch

from core.insight.gates import BINS, layer_activity, value_shares
from core.insight.unrolled import LayerTrace


def test_shares_are_of_all_values() -> None:
    """Each value is in one bin, and the ends count as saturated."""
    shares = value_shares("forget", torch.tensor([0.0, 0.02, 0.5, 0.95, 0.951, 1.0, 0.3, 0.89]))
    assert len(shares.shares) == BINS
    assert sum(shares.shares) == pytest.approx(1.0)
    assert shares.shares[0] == pytest.approx(0.25)
    assert (shares.at_low, shares.at_high) == (0.25, 0.375)


def test_hidden_states_range_from_minus_1() -> None:
    """Their lower end is -1, and so is the lower saturated end."""
    shares = value_shares("hidden", torch.tensor([-1.0, -0.95, 0.0, 1.0]), low=-1.0)
    assert (shares.at_low, shares.at_high, shares.low) == (0.5, 0.25, -1.0)
    assert shares.shares[BINS // 2] == pytest.approx(0.25)


def test_a_unit_that_never_moves_is_dead() -> None:
    """A constant unit is counted, whatever its value; one that moves is not."""
    hidden = torch.rand(6, 2, 3)
    hidden[:, :, 1] = 0.7
    activity = layer_activity(LayerTrace(list(hidden), {"input": list(hidden)}, (hidden[-1],)))
    assert (activity.units, activity.dead) == (3, 1)
    assert [values.name for values in activity.values] == ["input", "hidden"]
