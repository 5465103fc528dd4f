"""Keys: defaults without clashes, changes from the config file, and refusals in one line."""

import pytest

from core.errors import SettingsError
from tui.commands import COMMANDS
from tui.keymap import Keymap


def test_the_table_has_no_clash_and_no_double_id() -> None:
    """Every command can be reached by its keys, and named by its id."""
    Keymap()
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize(
    ("keys", "named", "shown"),
    [("p", "p", "p"), ("?", "question_mark", "?"), ("F8,ctrl+O", "f8,ctrl+o", "F8 ctrl+o"),
     ("P", "P", "P")],
)  # fmt: skip
def test_a_change_is_taken(keys: str, named: str, shown: str) -> None:
    """Characters, names and combinations are understood, and shown as a person reads them."""
    keymap = Keymap(
        {
            "training.toggle": keys,
            "app.help": "f7",
            "runs.pin": "b",
            "microscope.next": "b",
            "microscope.before": "B",
        }
    )
    assert keymap.changes["training.toggle"] == named
    assert keymap.shown("training.toggle") == shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"training.togle": "p"}, ("training.togle", "training.toggle")),
        ({"training.toggle": "c"}, ("training.toggle", "training.checkpoint")),
        ({"params.undo": "q"}, ("params.undo", "app.quit")),
        ({"params.undo": "a"}, ("params.apply", "params.undo")),
        ({"params.undo": "hyperspace"}, ("params.undo", "hyperspace")),
        ({"params.undo": ""}, ("params.undo",)),
        ({"params.undo": "x,,y"}, ("params.undo",)),
    ],
)
def test_nonsense_is_refused_in_one_line(changes: dict[str, str], words: tuple[str, ...]) -> None:
    """An unknown id, an unknown key or a clash is named, so that the file can be mended."""
    with pytest.raises(SettingsError) as caught:
        Keymap(changes)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in (*words, "config.toml"))


def test_keys_can_be_swapped_and_shared_between_panels() -> None:
    """Two commands may trade keys; panels may use one key for different things."""
    Keymap({"training.checkpoint": "n", "run.new": "c"})
    Keymap({"charts.log": "o"})
