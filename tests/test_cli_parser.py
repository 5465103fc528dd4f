"""The command line is read as people write it, and its options are the settings table."""

import argparse
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli_cases import words_of
from core.config import SETTINGS, make_config
from core.decoding import Decoding
from core.errors import SettingsError
from core.presets import PRESET_OF_TASK, PRESETS
from core.settings import Setting, Value, settings_of, text_of
from tui.cli import resume
from tui.cli.commands import COMMAND_LINES, command_module, root_parser
from tui.cli.options import new_config
from tui.cli.parser import StudioParser, UsageError
from tui.cli.setting_words import change_help, range_words, setting_help

CHAPTER = (
    ("--model_type lstm --vocab_type char --epochs 15", {"epochs": 15}),
    (
        "--model_type rnn --vocab_type word --epochs 20 --seq_length 32",
        {"model_type": "rnn", "vocab_type": "word", "seq_length": 32},
    ),
    (
        "--batch_size 64 --seq_length 128 --hidden_size 512 --num_layers 3 "
        "--learning_rate 0.001 --dropout 0.2 --max_grad_norm 5.0",
        {
            "batch_size": 64,
            "seq_length": 128,
            "hidden_size": 512,
            "num_layers": 3,
            "dropout": 0.2,
            "max_grad_norm": 5.0,
        },
    ),
    ("--data_file /novels/text.txt --epochs 30", {"data_file": "/novels/text.txt", "epochs": 30}),
)


def parse(*words: str) -> argparse.Namespace:
    """Read a command line."""
    return root_parser().parse_args(words)


def typed(*words: str) -> dict[str, str]:
    """Return the texts of the settings in a `train` command line."""
    settings: dict[str, str] = getattr(parse("train", *words), "settings", {})
    return settings


def other_value(setting: Setting) -> str:
    """Return a valid value that is not the default, as it is typed."""
    match setting.kind:
        case "choice":
            return next(choice for choice in setting.choices if choice != setting.default)
        case "int":
            return str(int(setting.default) + 1)
        case "float":
            return "0.25"
        case _:
            return "/some/where"


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=list(SETTINGS))
def test_every_setting_is_an_option(setting: Setting) -> None:
    """Each setting of the table can be given to `train`, in both spellings, and arrives."""
    for option in (f"--{setting.name}", "--" + setting.name.replace("_", "-")):
        if setting.kind == "bool":
            assert typed(option) == {setting.name: "true"}
            assert typed(option.replace("--", "--no-", 1)) == {setting.name: "false"}
            continue
        value = other_value(setting)
        assert typed(option, value) == typed(f"{option}={value}") == {setting.name: value}
        task = {"task": setting.about.task} if setting.about.task else {}
        config = new_config(task | typed(option, value), None, {})
        assert text_of(getattr(config, setting.name)) == value


@pytest.mark.parametrize(("line", "expected"), CHAPTER)
def test_the_chapters_lines(line: str, expected: dict[str, object]) -> None:
    """The chapter's command lines mean what the chapter says."""
    assert new_config(typed(*line.split()), None, {}) == make_config(expected)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_value_arrives_unchanged(value: str) -> None:
    """What follows `=` is the value, hyphens and underscores, blanks and signs included."""
    assert parse("generate", f"--prompt={value}").prompt == value


@pytest.mark.parametrize("value", ["-1", "-1e-3", "-.5", "-inf", "-hello there", "-"])
def test_a_value_may_begin_with_a_hyphen(value: str) -> None:
    """Negative numbers reach the check of their range, and prompts are any text."""
    assert typed("--learning_rate", value) == {"learning_rate": value}
    assert parse("generate", "--prompt", value).prompt == value


@pytest.mark.parametrize("text", ["a film", "-1 out of 10", "--well-made this film", "a\nb", ""])
def test_a_text_arrives_unchanged(text: str) -> None:
    """A text with blanks is no option, whatever it begins with, and keeps its hyphens."""
    assert parse("classify", "3", text, "--json").texts == [text]
    assert parse("classify", "--json", "--", "3", text).texts == [text]


def test_an_option_is_never_taken_for_a_value() -> None:
    """A forgotten value is noticed, whatever follows."""
    for following in (["--epochs", "3"], ["--eopchs", "3"], ["-h"], []):
        with pytest.raises(UsageError, match="--name needs a value"):
            parse("train", "--name", *following)


def test_options_are_not_abbreviated() -> None:
    """A beginning is no option, since a later one could begin alike; the full name is offered."""
    with pytest.raises(UsageError, match=r"unknown option '--epoch'; did you mean --epochs\?"):
        parse("train", "--epoch", "3")


def test_the_last_of_two_values_counts() -> None:
    """A script's options can be overridden behind them."""
    assert typed("--epochs", "3", "--epochs=5", "--tie_weights", "--no_tie_weights") == {
        "epochs": "5",
        "tie_weights": "false",
    }


@pytest.mark.parametrize(
    "line",
    [
        "train --data_file a.txt --data-file b.txt",
        "train --name one --epochs 3 --name=two",
        "evaluate --data_file a.txt --data_file b.txt",
        "generate --prompt one --prompt two",
        "runs list --workspace a --workspace b",
    ],
)
def test_of_two_files_or_texts_none_is_forgotten(line: str) -> None:
    """A second one is refused, with both; the same one twice is not."""
    with pytest.raises(UsageError, match=r"takes one value, got '.*' and '.*'; give it once"):
        root_parser().parse_args(line.split())
    parse("train", "--data_file", "a", "--data_file", "a")


def test_after_two_hyphens_all_are_arguments() -> None:
    """A run whose name looks like an option can be named."""
    assert parse("generate", "--", "--my-run").target == "--my-run"


def test_who_wins() -> None:
    """The command line goes before a preset asked for, that before the config file."""
    preferred = {"hidden_size": 100, "num_layers": 7, "threads": 3}
    config = new_config({"hidden_size": "50"}, "tiny", preferred)
    assert config.hidden_size == 50
    assert config.num_layers == PRESETS["tiny"]["num_layers"]
    assert config.threads == 3
    slow: dict[str, Value] = {"max_seconds": 300.0}  # The preset's own time goes before it.
    assert new_config({}, "fast", slow) == make_config(preset="fast")
    hasty = new_config({"max_seconds": "5"}, "fast", slow)
    assert hasty == make_config({"max_seconds": 5.0}, preset="fast")


CLASSIFIER = PRESETS[PRESET_OF_TASK["classify"]]


@pytest.mark.parametrize(
    ("settings", "preset", "preferred"),
    [
        ({"task": "classify"}, None, {}),
        ({}, None, {"task": "classify"}),
        ({"task": "classify"}, None, {"task": "language"}),
    ],
)
def test_a_task_starts_from_its_preset(
    settings: dict[str, str], preset: str | None, preferred: dict[str, Value]
) -> None:
    """Whoever names a task gets its preset, from the command line as from the config file."""
    assert new_config(settings, preset, preferred) == make_config(CLASSIFIER)


def test_the_preset_of_a_task_comes_last() -> None:
    """The config file goes before it, and a preset that was asked for leaves nothing of it."""
    preferred: dict[str, Value] = {"hidden_size": 100}
    config = new_config({"task": "classify", "epochs": "3"}, None, preferred)
    assert (config.hidden_size, config.epochs) == (100, 3)
    assert config.corpus == CLASSIFIER["corpus"]
    assert new_config({}, "sst2", {}) == make_config(preset="sst2")
    for task in ("language", "classify"):  # A preferred text is for one task alone.
        mine: dict[str, Value] = {"corpus": "mine", "data_file": "/a", "val_file": "/b"}
        mine["task"] = task
        other_task = "classify" if task == "language" else "language"
        other = new_config({"task": other_task}, None, mine)
        assert (other.data_file, other.val_file) == ("", "")
        assert other.corpus != "mine"
        assert new_config({}, None, mine).data_file == "/a"
    tiny = new_config({"task": "classify"}, "tiny", {})
    assert tiny == make_config({"task": "classify"}, preset="tiny")
    assert new_config({"task": "language"}, "sst2", {}).task == "language"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"pooling": "mean"}, "pooling means nothing to a language model"),
        ({"task": "classify", "seq_length": "7"}, "seq_length means nothing to a classifier"),
    ],
)
def test_a_setting_without_effect_is_refused(given: dict[str, str], told: str) -> None:
    """What was asked for and would do nothing is named; a preset's or a file's own is not."""
    with pytest.raises(SettingsError, match=told):
        new_config(given, None, {})
    assert new_config({"task": "classify"}, None, {"seq_length": 7}).seq_length == 7


def test_a_named_corpus_goes_before_a_preferred_file() -> None:
    """The text that the command line names is the one that is trained on."""
    preferred = {"data_file": "/mine.txt"}
    assert new_config({}, None, preferred).data_file == "/mine.txt"
    assert new_config({"corpus": "brackets"}, None, preferred).data_file == ""


def test_paths_do_not_depend_on_the_folder(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is anchored where it was typed, so that resuming finds it from anywhere."""
    monkeypatch.chdir(str(tmp_path))
    assert new_config({"data_file": "a.txt"}, None, {}).data_file == f"{tmp_path}/a.txt"


def test_what_can_change_on_resuming_is_what_the_session_lets_change() -> None:
    """The help of `resume` lists exactly what is not refused."""
    from workspace.resuming import PLACES

    assert resume.PLACES == PLACES


@pytest.mark.parametrize("name", [line.name for line in COMMAND_LINES])
def test_every_command_has_a_file_and_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help says what a command does, lists its options and ends with examples that parse."""
    assert callable(command_module(name).run)
    with pytest.raises(SystemExit) as done:
        parse(name, "--help")
    text = capsys.readouterr().out
    assert done.value.code == 0
    assert text.startswith(f"usage: rnnstudio {name}")
    examples = re.findall(r"^  (rnnstudio .*)$", text.split("examples:")[1], flags=re.MULTILINE)
    assert examples
    for example in examples:
        assert parse(*words_of(example)).command in {line.name for line in COMMAND_LINES}


@pytest.mark.parametrize(
    ("command", "settings"), [("train", SETTINGS), ("generate", settings_of(Decoding))]
)
def test_help_gives_range_and_default_of_every_setting(
    command: str, settings: dict[str, Setting], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads the help needs no other page."""
    with pytest.raises(SystemExit):
        parse(command, "--help")
    text = " ".join(capsys.readouterr().out.split())
    for setting in settings.values():
        assert f"--{setting.name}" in text
        # argparse breaks a line after a hyphen, too.
        assert setting_help(setting).replace("- ", "-") in text.replace("- ", "-")
        assert range_words(setting) in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hidden_size", "Width of the hidden state (in units; 1 to 8,192; default: 256)"),
        ("epochs", "Passes over the data (1 or more; default: 20)"),
        ("val_fraction", "(0 to 0.9; 0: nothing is validated; default: 0.1)"),
        ("dropout", "(0 or more, below 1; default: 0.3)"),
        ("plateau_factor", "(above 0, below 1; default: 0.5)"),
        ("max_grad_norm", "(0 or more; 0: no clipping; default: 1)"),
        ("max_steps", "End after this many steps (0 or more; default: 0, no limit)"),
        ("tie_weights", "(default: off)"),
        ("data_file", "(default: none)"),
    ],
)
def test_a_settings_help_reads_well(name: str, said: str) -> None:
    """Range, default and what 0 means follow the meaning, each in a few words."""
    assert setting_help(SETTINGS[name]).endswith(said)


def test_help_for_resuming_tells_no_default() -> None:
    """What holds on resuming is what the run has, not the table's default."""
    assert change_help(SETTINGS["max_steps"]).endswith("(0 or more; 0: no limit)")
    assert change_help(SETTINGS["schedule"]) == SETTINGS["schedule"].about.help


def test_commands_below_a_command_have_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`runs delete --help` is as complete as the others."""
    for words in (["runs", "delete"], ["runs", "list"], ["corpora", "fetch"]):
        with pytest.raises(SystemExit):
            parse(*words, "--help")
        text = capsys.readouterr().out
        assert text.startswith("usage: rnnstudio " + " ".join(words))
        assert "--workspace" in text
        assert "examples:" in text


def test_a_parser_fills_itself_once() -> None:
    """A command's options are added when it is called, and not again."""
    calls: list[str] = []
    parser = StudioParser("p", fill=lambda filled: calls.append(filled.prog))
    assert calls == []
    parser.parse_args([])
    parser.parse_args([])
    assert calls == ["p"]
