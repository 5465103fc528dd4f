"""The config file says what it means, or is refused by name in one line."""

from pathlib import Path

import pytest

from core.errors import InputError
from workspace.preferences import Preferences, load_preferences

COMMANDS = {"training.toggle": None, "app.quit": None}


def load(tmp_path: Path, text: str) -> Preferences:
    """Read a config file with this text."""
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return load_preferences(path, COMMANDS)


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    """A workspace needs no config file."""
    assert load_preferences(tmp_path / "config.toml") == Preferences()


def test_keys_theme_and_settings_are_read(tmp_path: Path) -> None:
    """Ids may be quoted or not; several keys are a list or separated by commas."""
    found = load(
        tmp_path,
        """
        theme = "nord"
        [keys]
        training.toggle = ["p", "f5"]
        "app.quit" = "Q, ctrl+q"
        [settings]
        hidden_size = 64
        dropout = 0
        """,
    )
    assert found == Preferences(
        theme="nord",
        keys={"training.toggle": "p,f5", "app.quit": "Q, ctrl+q"},
        settings={"hidden_size": 64, "dropout": 0.0},
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[keis]", r"unknown preference 'keis'; did you mean keys\?"),
        ("[keys]\napp.quitt = 'q'", r"unknown command 'app.quitt'; did you mean app.quit\?"),
        ("[keys]\napp.quit = 3", "keys.app.quit must be a key or a list of keys, got 3"),
        ("[keys]\napp.quit = ['q', '']", "keys.app.quit must be a key or a list of keys"),
        ("keys = 1", "keys must be a table"),
        ("settings = 1", "settings must be a table"),
        ("theme = 1", "theme must be a text, got 1"),
        ("[settings]\nhiden_size = 3", r"unknown setting 'hiden_size'; did you mean hidden_size\?"),
        ("[settings]\ndropout = nan", "dropout must be .*, got nan"),
        ("[settings]\nepochs = 0\nseed = -1", "epochs must be .*; seed must be "),
        ("theme = ", "is not valid TOML"),
        ("theme = '\udcff'", "is not valid UTF-8 at byte 9"),
        ("a = " + "[" * 5000, "is nested too deeply"),
    ],
)
def test_what_is_unknown_is_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    """One line names the file and every problem in it."""
    with pytest.raises(InputError, match=complaint) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "config.toml"))
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    """A config file that is none is said, not skipped."""
    with pytest.raises(InputError, match="is not a file"):
        load_preferences(tmp_path)
