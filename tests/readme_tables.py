"""The READMEs' tables, made from the program's own; `python tests/readme_tables.py` renews them.

A process speaks one language, so the tables of each README are made by a child of their own.
"""

import os
import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READMES = {"en": ROOT / "README.md", "zh_CN": ROOT / "README.zh-CN.md"}
"""By the language that it is written in."""

sys.path.insert(0, str(ROOT))

from core.language import locale_language, speak  # noqa: E402 - found by the line above

LANGUAGE = locale_language(os.environ)
speak(LANGUAGE)  # before the texts of the tables are imported

from core.config import SETTINGS  # noqa: E402
from core.settings import Setting, text_of  # noqa: E402
from tui.cli.setting_words import range_words  # noqa: E402
from tui.commands import COMMANDS  # noqa: E402

HEADINGS = {
    "en": {
        "settings": ("setting", "default", "allowed", "live", "meaning"),
        "keys": ("where", "key", "what it does"),
    },
    "zh_CN": {
        "settings": ("设置", "默认值", "允许的值", "实时", "含义"),
        "keys": ("位置", "键", "作用"),
    },
}

SCOPES = {
    "en": {
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
    },
    "zh_CN": {
        "everywhere": "任何位置",
        "params": "1 参数",
        "charts": "2 损失，3 困惑度或准确率",
        "gradients": "4 梯度",
        "classes": "4 类别",
        "runs": "5 运行",
        "generate": "6 生成",
        "classify": "6 分类",
        "time": "7 沿时间",
        "gates": "8 门",
        "microscope": "9 显微镜",
        "doctor": "0 诊断",
        "experiments": "E 实验",
    },
}

ALLOWED = {
    "en": {"str": "text", "bool": "on, off", "zero": "; 0: "},
    "zh_CN": {"str": "文本", "bool": "开, 关", "zero": "；0："},
}
"""What values of a kind are called, and what stands before the meaning of 0."""


def settings_table() -> str:
    """Return every training setting as a Markdown table."""
    rows = _head("settings")
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
    rows = _head("keys")
    for scope, commands in groupby(COMMANDS, key=lambda command: command.scope):
        heading = SCOPES[LANGUAGE][scope]
        for command in commands:
            rows.append(f"| {heading} | `{_cell(command.shown)}` | {_cell(command.help)} |")
            heading = ""
    return "\n".join(rows)


def _head(table: str) -> list[str]:
    headings = HEADINGS[LANGUAGE][table]
    return [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]


def _allowed(setting: Setting) -> str:
    words = ALLOWED[LANGUAGE]
    if setting.kind in ("str", "bool"):
        return words[setting.kind]
    allowed = ", ".join(setting.choices) or range_words(setting)
    if setting.about.off:
        allowed += words["zero"] + setting.about.off
    return _cell(allowed)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


TABLES = {"settings": settings_table, "keys": keys_table}


def renewed(readme: str) -> str:
    """Return a README's text with each table between its markers made anew."""
    for name, table in TABLES.items():
        pattern = rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)"
        made = table()
        found = re.search(pattern, readme, flags=re.DOTALL)
        if found is None:
            raise SystemExit(f"the README has no markers of the table {name!r}")
        start, end = found.span()
        readme = readme[:start] + found[1] + made + "\n" + found[2] + readme[end:]
    return readme


def renewed_in(language: str) -> str:
    """Return the README of a language with its tables made anew, by a child that speaks it."""
    return subprocess.run(
        [sys.executable, "-X", "utf8", __file__, "--print"],
        env={**os.environ, "LANGUAGE": language},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


if __name__ == "__main__":
    if "--print" in sys.argv:
        sys.stdout.write(renewed(READMES[LANGUAGE].read_text(encoding="utf-8")))
    else:
        for language, path in READMES.items():
            path.write_text(renewed_in(language), encoding="utf-8")
