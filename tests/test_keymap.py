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


MEANINGS = {
    "a": "apply", "A": "apply as a new run", "u": "revert", "U": "undo", "b": "baselines",
    "c": "checkpoint", "d": "differences", "D": "delete", "e": "edit", "E": "experiments",
    "f": "follow", "F": "find", "g": "prompt", "G": "newest sample", "i": "explain",
    "L": "logarithmic", "m": "another view", "n": "new run", "N": "next seed", "o": "overlay",
    "p": "pin", "q": "quit", "r": "draw again", "R": "resume", "S": "stop", "s": "sort",
    "t": "temperature", "T": "temperature", "v": "walk", "w": "worst", "x": "axis", "X": "hold",
    "y": "copy", "z": "zoom", "C": "checkpoints", "h": "move", "j": "move", "k": "move",
    "l": "move", "[": "smoothing", "]": "smoothing", "{": "other text", "}": "other text",
    ",": "layer", ".": "layer", "<": "top-k", ">": "top-k", "+": "scale", "-": "scale",
    "/": "filter", ":": "palette", "?": "help",
}  # fmt: skip
"""The one meaning of each letter."""

MEANING_OF_COMMANDS = {
    "apply": {"params.apply", "doctor.fix", "experiments.stage"},
    "another view": {
        "charts.unit", "gradients.ratio", "classes.next", "microscope.shading",
        "experiments.measure",
    },
    "edit": {
        "params.edit", "generate.settings", "microscope.text", "experiments.compare", "runs.edit",
    },
    "find": {"microscope.find", "experiments.test"},
    "walk": {
        "generate.probabilities", "classify.tokens", "microscope.walk", "classes.explain",
    },
    "follow": {"charts.follow", "experiments.follow"},
}  # fmt: skip
"""The commands that share a letter in different panels, by what they have in common."""


def test_a_letter_means_one_thing() -> None:
    """No letter that is shown stands for two things in two panels."""
    owners: dict[str, set[str]] = {}
    for command in COMMANDS:
        for key in command.shown.split():
            if len(key) == 1 and not key.isdigit() and key not in "↑↓←→hjkl":
                owners.setdefault(key, set()).add(command.id)
    assert set(owners) <= set(MEANINGS)
    for key, ids in owners.items():
        same = len({command_id.partition(".")[2] for command_id in ids}) == 1
        assert same or ids <= MEANING_OF_COMMANDS.get(MEANINGS[key], set()), (key, ids)
