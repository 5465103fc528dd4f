"""Nudging: every step is an allowed value, and the steps are those that one would try."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import Config
from core.decoding import Decoding
from core.settings import Setting, Value, build, settings_of
from tui.nudge import nudge

NUMBERS = [
    (table, setting)
    for table in (Config, Decoding)
    for setting in settings_of(table).values()
    if setting.kind in ("int", "float")
]


@given(st.sampled_from(NUMBERS), st.sampled_from((1, -1)), st.data())
def test_a_nudge_is_always_allowed(
    case: tuple[type[Config | Decoding], Setting], direction: int, data: st.DataObject
) -> None:
    """From any allowed number a nudge gives an allowed one, further on or at the end."""
    table, setting = case
    low, high = setting.about.low, setting.about.high
    assert low is not None and high is not None
    value: float
    if setting.kind == "int":
        value = data.draw(st.integers(int(low), int(high)))
    else:
        value = data.draw(
            st.floats(
                low, high, exclude_min=setting.about.low_open, exclude_max=setting.about.high_open
            )
        )
    nudged = nudge(setting, value, direction)
    build(table, {setting.name: nudged})
    assert isinstance(nudged, int | float)
    assert (nudged - value) * direction >= 0
    if setting.kind == "int":
        assert isinstance(nudged, int)


@pytest.mark.parametrize(
    ("name", "value", "steps"),
    [
        ("learning_rate", 0.001, [0.002, 0.005, 0.01, 0.02]),
        ("hidden_size", 256, [512, 1024]),
        ("hidden_size", 300, [512]),
        ("dropout", 0.3, [0.35, 0.4, 0.45]),
        ("dropout", 0.95, [0.95]),
        ("num_layers", 2, [3, 4]),
        ("max_steps", 0, [1, 2, 5, 10]),
        ("teacher_forcing_ratio", 1.0, [1.0]),
    ],
)
def test_steps_up(name: str, value: Value, steps: list[Value]) -> None:
    """Rates go 1-2-5, sizes double, shares go by a twentieth, counts by one."""
    for expected in steps:
        value = nudge(settings_of(Config)[name], value, 1)
        assert value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "value", "steps"),
    [
        ("learning_rate", 0.001, [0.0005, 0.0002, 0.0001]),
        ("hidden_size", 256, [128, 64]),
        ("hidden_size", 1, [1]),
        ("dropout", 0.05, [0.0, 0.0]),
        ("num_layers", 1, [1]),
        ("max_grad_norm", 1.0, [0.5, 0.2, 0.1]),
    ],
)
def test_steps_down(name: str, value: Value, steps: list[Value]) -> None:
    """Downwards the same values come back, and the end of the range holds."""
    for expected in steps:
        value = nudge(settings_of(Config)[name], value, -1)
        assert value == pytest.approx(expected)


def test_large_seeds_lose_no_digit() -> None:
    """A seed past what a float holds exactly still moves by one."""
    seed = settings_of(Config)["seed"]
    assert nudge(seed, 2**62 + 3, 1) == 2**62 + 4
    assert nudge(seed, 2**62 + 3, -1) == 2**62 + 2


def test_words_are_walked_around() -> None:
    """Choices and switches come round; a free text moves only through given names."""
    settings = settings_of(Config)
    assert nudge(settings["model_type"], "gru", 1) == "rnn"
    assert nudge(settings["stateful"], True, -1) is False
    assert nudge(settings["corpus"], "a", 1, ("a", "b")) == "b"
    assert nudge(settings["corpus"], "gone", 1, ("a", "b")) == "a"
    assert nudge(settings["data_file"], "x.txt", 1) == "x.txt"
