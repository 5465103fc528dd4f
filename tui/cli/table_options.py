"""Options that say how a table of texts is read."""

import argparse
from collections.abc import Sequence

from core.config import SETTINGS, Config
from core.language import tr
from core.settings import Value
from tui.cli.setting_words import metavar_of


def add_table_options(group: "argparse._ArgumentGroup", names: Sequence[str]) -> None:
    """Add some settings of a table, which are those of the training where they are not given."""
    for name in names:
        setting = SETTINGS[name]
        group.add_argument(
            f"--{name}",
            metavar=metavar_of(setting),
            help=tr("{help} (default: as in training, where that fits)", help=setting.about.help),
        )


def encoding_help() -> str:
    """Say what `--encoding` is where a file is named."""
    return tr(
        "Its encoding; a byte-order mark overrides it (default: {encoding})",
        encoding=Config().encoding,
    )


def given_table_options(args: argparse.Namespace, names: Sequence[str]) -> dict[str, Value]:
    """Return how a table is to be read: by the words that were given.

    The encoding is the file's, not that of the texts that the model was trained on.
    """
    words = {name: getattr(args, name) for name in (*names, "encoding") if name in args}
    return {"encoding": Config().encoding} | words
