"""The settings table: every check reads the same wherever it is made, and reports all at once."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import SETTINGS, Config, changed_settings, config_values, make_config
from core.decoding import Decoding
from core.errors import SettingsError
from core.nearest import nearest_name
from core.presets import FAST_SECONDS, FAST_SIZES, PRESETS, fast_sizes
from core.settings import Value, build, parse, settings_of, text_of


def problems(values: dict[str, object], preset: str = "chapter") -> tuple[str, ...]:
    """Return what `make_config` has against these values."""
    with pytest.raises(SettingsError) as caught:
        make_config(values, preset=preset)
    return caught.value.problems


def test_defaults_are_the_chapters() -> None:
    """The defaults that the chapter names are the program's."""
    config = make_config()
    named = {
        "model_type": "lstm", "vocab_type": "char", "epochs": 20, "batch_size": 32,
        "seq_length": 64, "learning_rate": 0.001, "hidden_size": 256, "num_layers": 2,
        "embedding_dim": 128, "dropout": 0.3, "max_grad_norm": 1.0, "teacher_forcing_ratio": 1.0,
    }  # fmt: skip
    assert {name: config_values(config)[name] for name in named} == named


def test_defaults_are_in_range() -> None:
    """Every default passes the check that a user's value must pass."""
    assert make_config(config_values(make_config())) == make_config()
    for table in (Config, Decoding):
        for setting in settings_of(table).values():
            assert parse(setting, text_of(setting.default)) == setting.default


def test_all_problems_are_named_at_once() -> None:
    """Three mistakes give three sentences, each with the value and the way out."""
    assert problems({"hidden_size": 0, "dropout": 1.0, "hiden_size": 3}) == (
        "hidden_size must be between 1 and 8192, got 0",
        "dropout must be at least 0 and below 1, got 1",
        "unknown setting 'hiden_size'; did you mean hidden_size?",
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, False, "0.5", None])
def test_what_is_not_a_finite_number_is_refused(value: object) -> None:
    """NaN, infinities, booleans and texts are not numbers."""
    assert problems({"dropout": value})[0].startswith("dropout must be")
    assert problems({"batch_size": value})[0].startswith("batch_size must be")


def test_a_number_too_large_for_a_float_is_refused() -> None:
    """A whole number of hundreds of digits is out of range like any other."""
    huge = 10**400
    assert problems({"hidden_size": huge, "dropout": huge}) == (
        f"hidden_size must be between 1 and 8192, got {huge}",
        f"dropout must be at least 0 and below 1, got {huge}",
    )


def test_an_upper_end_is_told_to_who_meets_it() -> None:
    """An end that nobody meets is left out of the range, but not of the refusal."""
    assert problems({"epochs": 0}) == ("epochs must be at least 1, got 0",)
    assert problems({"epochs": 10**13}) == (f"epochs must be at most 1e+12, got {10**13}",)


def test_a_whole_float_is_a_whole_number_but_a_broken_one_is_not() -> None:
    """2.0 epochs are 2; 2.5 epochs are refused rather than cut."""
    assert make_config({"epochs": 2.0}).epochs == 2
    assert "whole number" in problems({"epochs": 2.5})[0]


def test_a_choice_is_no_matter_of_case() -> None:
    """A file may say `GRU`, as the command line may."""
    assert make_config({"model_type": " GRU"}) == make_config({"model_type": "gru"})


def test_unknown_choices_and_presets_are_refused() -> None:
    """A choice names the words that are allowed; a preset the nearest one."""
    assert problems({"model_type": "transformer"}) == (
        "model_type must be one of rnn, lstm, gru, got 'transformer'",
    )
    with pytest.raises(SettingsError, match="unknown preset 'chaptr'; did you mean chapter"):
        make_config(preset="chaptr")


def test_presets_are_valid_and_values_win_over_them() -> None:
    """Each preset makes a config, and what is given beside it wins."""
    for name in PRESETS:
        make_config(preset=name)
    assert make_config({"hidden_size": 7}, preset="tiny").hidden_size == 7


def test_the_fast_preset_suits_the_time() -> None:
    """A longer run gets a larger model and more dropout; what is given beside it wins as ever.

    Without a time it takes its own. Beyond its first and last time nothing moves any more.
    """
    made = [make_config({"max_seconds": s}, preset="fast") for s in (5, 60, 300)]
    assert [config.max_seconds for config in made] == [5, 60, 300]
    assert made[0].hidden_size < made[1].hidden_size < made[2].hidden_size
    assert made[0].learning_rate > made[1].learning_rate > made[2].learning_rate
    assert made[0].dropout < made[1].dropout < made[2].dropout
    assert fast_sizes(0.01) == fast_sizes(FAST_SECONDS[0])
    assert fast_sizes(1e9) == fast_sizes(FAST_SECONDS[1])
    assert make_config(preset="fast") == make_config({"max_seconds": 60}, preset="fast")
    assert make_config({"max_seconds": 0}, preset="fast").max_seconds == 0
    assert make_config({"max_seconds": 5, "hidden_size": 7}, preset="fast").hidden_size == 7
    assert "max_seconds" in problems({"max_seconds": "soon"}, preset="fast")[0]
    assert "hidden_size" in problems({"hidden_size": 0}, preset="fast")[0]


def test_the_fast_preset_begins_and_ends_as_it_was_found_best() -> None:
    """Five seconds and five minutes have the very values that searches have found."""
    short, long = (make_config({"max_seconds": s}, preset="fast") for s in FAST_SECONDS)
    found = {
        "model_type": ("gru", "lstm"),
        "hidden_size": (192, 512),
        "batch_size": (16, 32),
        "seq_length": (32, 64),
        "learning_rate": (0.008, 0.003),
        "dropout": (0.0, 0.5),
        "weight_decay": (0.0, 0.1),
    }
    assert {name: (getattr(short, name), getattr(long, name)) for name in found} == found


def test_the_fast_preset_moves_in_small_steps() -> None:
    """A second more never makes another recipe: sizes go up a step at most, the rest moves little.

    Each size is a multiple of what the kernels like, and the cell changes once.
    """
    recipes = [make_config({"max_seconds": s}, preset="fast") for s in range(5, 301)]
    for before, after in pairwise(recipes):
        for name, (_, _, step) in FAST_SIZES.items():
            assert getattr(after, name) - getattr(before, name) in (0, step)
            assert getattr(after, name) % step == 0
        assert 0.95 * before.learning_rate <= after.learning_rate <= before.learning_rate
        assert 0 <= after.dropout - before.dropout <= 0.02
        assert 0 <= after.weight_decay - before.weight_decay <= 0.005
        assert (before.model_type, after.model_type) != ("lstm", "gru")


def test_changes_are_listed_by_name() -> None:
    """Only what differs is listed, with both values."""
    old = make_config()
    new = make_config({"learning_rate": 0.01, "epochs": 20}, base=old)
    assert changed_settings(old, new) == {"learning_rate": (0.001, 0.01)}


@given(st.floats(min_value=0.0, max_value=1.0, exclude_max=True))
def test_a_number_survives_being_written_and_read(value: float) -> None:
    """What `text_of` writes, `parse` reads back to the last bit."""
    assert parse(SETTINGS["dropout"], text_of(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-5, "1e-5"), (1.0, "1"), (1e22, "1e22"), (0.001, "0.001"), (True, "true"), (30, "30")],
)
def test_values_are_written_as_a_user_would_type_them(value: Value, text: str) -> None:
    """No trailing zeros, no padded exponents, lower-case booleans."""
    assert text_of(value) == text


@given(st.text())
def test_no_typed_text_crashes_the_parser(text: str) -> None:
    """Whatever is typed is a value in range or a SettingsError of one line."""
    for setting in SETTINGS.values():
        try:
            parsed = parse(setting, text)
        except SettingsError as error:
            assert setting.name in str(error)
            assert "\n" not in str(error)
        else:
            build(Config, {setting.name: parsed})


@pytest.mark.parametrize(
    ("typed", "value"), [("yes", True), ("OFF", False), (" true ", True), ("0", False)]
)
def test_booleans_have_many_words(typed: str, value: bool) -> None:
    """Yes, no, on, off, true, false, 1 and 0 are booleans in any case."""
    assert parse(SETTINGS["tie_weights"], typed) is value


def test_every_setting_is_described() -> None:
    """Each has a help sentence without a full stop, and each number a range."""
    for table in (Config, Decoding):
        for setting in settings_of(table).values():
            assert setting.about.help
            assert not setting.about.help.endswith(".")
            assert setting.range_text


@pytest.mark.parametrize(
    ("name", "near"),
    [("fish", None), ("bsh", "bash"), ("status", None), ("seting", "settings"), ("--gpu", None),
     ("--steps", "--max_steps"), ("--hiden_size", "--hidden_size")],
)  # fmt: skip
def test_only_what_is_near_is_suggested(name: str, near: str | None) -> None:
    """A misspelt or shortened name is found; one that merely shares some letters is not."""
    known = ["bash", "zsh", "settings", "train", "--top_p", "--max_steps", "--hidden_size"]
    assert nearest_name(name, known) == near


@pytest.mark.parametrize("typed", ["0", "0.0"])
def test_temperature_0_points_to_greedy(typed: str) -> None:
    """What is meant by it has a setting of its own, and is named; other values are just refused."""
    setting = settings_of(Decoding)["temperature"]
    with pytest.raises(SettingsError, match=r"got 0; for the most probable token .* --greedy"):
        parse(setting, typed)
    with pytest.raises(SettingsError, match=r"got 0\.001$"):
        parse(setting, "0.001")
