"""The README's tables, made from the program's own; `python tests/readme_tables.py` renews them."""

import re
import sys
from itertools import groupby
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
sys.path.insert(0, str(README.parent))

from core.config import SETTINGS  # noqa: E402 - found by the line above when run as a script
from core.settings import Setting, text_of  # noqa: E402
from tui.cli.setting_words import range_words  # noqa: E402
from tui.commands import COMMANDS  # noqa: E402

SCOPES = {
    "everywhere": "Everywhere",
    "params": "1 Params",
    "charts": "2 Loss, 3 Perplexity or Accuracy",
    "gradients": "4 Gradients",
    "classes": "4 Classes",
    "runs": "5 Runs",
    "generate": "6 Generate",
    "classify": "6 Classify",
    "time": "7 Through time",
    "gates": "8 Gates",
    "microscope": "9 Microscope",
    "doctor": "0 Doctor",
    "experiments": "E Experiments",
}


def settings_table() -> str:
    """Return every training setting as a Markdown table."""
    rows = ["| setting | default | allowed | live | meaning |", "|---|---|---|---|---|"]
    for setting in SETTINGS.values():
        default = text_of(setting.default)
        live = "●" if setting.about.live else ""
        rows.append(
            f"| `{setting.name}` | {f'`{default}`' if default else ''} | {_allowed(setting)} | "
            f"{live} | {_cell(setting.about.help)} |"
        )
    return "\n".join(rows)


def keys_table() -> str:
    """Return every key as a Markdown table."""
    rows = ["| where | key | what it does |", "|---|---|---|"]
    for scope, commands in groupby(COMMANDS, key=lambda command: command.scope):
        heading = SCOPES[scope]
        for command in commands:
            rows.append(f"| {heading} | `{_cell(command.shown)}` | {_cell(command.help)} |")
            heading = ""
    return "\n".join(rows)


def _allowed(setting: Setting) -> str:
    if setting.kind in ("str", "bool"):
        return {"str": "text", "bool": "on, off"}[setting.kind]
    allowed = ", ".join(setting.choices) or range_words(setting)
    if setting.about.off:
        allowed += f"; 0: {setting.about.off}"
    return _cell(allowed)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


TABLES = {"settings": settings_table, "keys": keys_table}


def renewed(readme: str) -> str:
    """Return the README's text with each table between its markers made anew."""
    for name, table in TABLES.items():
        pattern = rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)"
        made = table()
        found = re.search(pattern, readme, flags=re.DOTALL)
        if found is None:
            raise SystemExit(f"README.md has no markers of the table {name!r}")
        start, end = found.span()
        readme = readme[:start] + found[1] + made + "\n" + found[2] + readme[end:]
    return readme


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
