"""The training settings, in one table."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import msgspec

from core.errors import SettingsError
from core.language import tr
from core.presets import PRESETS, preset_values
from core.settings import About, Setting, Value, build, settings_of, unknown_choice

TaskName = Literal["language", "classify"]
"""What can be learned, as the setting `task` names it."""

BIG = 10**12
"""Upper end of settings that have no natural one."""


# fmt: off
class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold every setting of a run; build it with `make_config`, which checks all of them."""

    task: Annotated[TaskName, About(
        group="model", help=tr("What is learned: a text's next token, or its class"))
    ] = "language"
    model_type: Annotated[Literal["rnn", "lstm", "gru"], About(
        group="model", help=tr("The recurrent cell: plain tanh, long short-term memory or gated"))
    ] = "lstm"
    hidden_size: Annotated[int, About(
        group="model", help=tr("Width of the hidden state"), unit=tr("units"), low=1, high=8192)
    ] = 256
    num_layers: Annotated[int, About(
        group="model", help=tr("Recurrent layers on top of each other"), unit=tr("layers"), low=1,
        high=64)
    ] = 2
    embedding_dim: Annotated[int, About(
        group="model", help=tr("Width of a token's embedding"), unit=tr("units"), low=1, high=8192)
    ] = 128
    tie_weights: Annotated[bool, About(
        group="model", task="language",
        help=tr("Share the embedding's weights with the output layer"))
    ] = False

    vocab_type: Annotated[Literal["char", "word"], About(
        group="data", help=tr("What a token is: a character or a word"))
    ] = "char"
    word_split: Annotated[Literal["punctuation", "whitespace"], About(
        group="data", help=tr("Where words end: at punctuation marks too, or at white space only"))
    ] = "punctuation"
    max_vocab_size: Annotated[int, About(
        group="data", help=tr("Most words that the word vocabulary keeps"), unit=tr("words"), low=2,
        high=BIG)
    ] = 10_000
    corpus: Annotated[str, About(
        group="data", help=tr("Name of a built-in or fetched corpus, used without data_file"))
    ] = "python-reference"
    data_file: Annotated[str, About(
        group="data",
        help=tr("Path of a text to train on; of a file or folder of labelled texts to classify"))
    ] = ""
    val_file: Annotated[str, About(
        group="data", help=tr("Path of separate validation data; empty for a part of the data"))
    ] = ""
    val_fraction: Annotated[float, About(
        group="data",
        help=tr("Share held out for validation: the end of a text, or a part of each class"),
        low=0.0, high=0.9, off=tr("nothing is validated"))
    ] = 0.1
    encoding: Annotated[str, About(
        group="data", help=tr("Encoding of the text files; a byte-order mark overrides it"))
    ] = "utf-8"
    newlines: Annotated[Literal["normalize", "keep"], About(
        group="data",
        help=tr("Line ends of the text files: CRLF and CR are read as LF, or kept as they are"))
    ] = "normalize"
    batch_size: Annotated[int, About(
        group="data", help=tr("Sequences, or labelled texts, per step"), unit=tr("sequences"),
        low=1, high=65_536)
    ] = 32
    seq_length: Annotated[int, About(
        group="data", task="language",
        help=tr("Tokens per sequence, and how far back gradients reach"), unit=tr("tokens"), low=1,
        high=65_536)
    ] = 64
    stateful: Annotated[bool, About(
        group="data", task="language",
        help=tr("Carry the hidden state along contiguous streams; off trains on shuffled windows"))
    ] = True

    text_column: Annotated[str, About(
        group="classification", task="classify",
        help=tr("Column of the texts, by name or by number from 1"))
    ] = "text"
    label_column: Annotated[str, About(
        group="classification", task="classify",
        help=tr("Column of the classes, by name or by number from 1"))
    ] = "label"
    delimiter: Annotated[str, About(
        group="classification", task="classify",
        help=tr("Character between the columns of a table, such as ; or tab; empty: found in it"))
    ] = ""
    max_text_length: Annotated[int, About(
        group="classification", task="classify",
        help=tr("Tokens of a text that are read; the rest is cut off"), unit=tr("tokens"), low=1,
        high=65_536)
    ] = 512
    bidirectional: Annotated[bool, About(
        group="classification", task="classify", help=tr("Read texts backward as well as forward"))
    ] = True
    pooling: Annotated[Literal["last", "mean", "max", "attention"], About(
        group="classification", task="classify",
        help=tr("How a text's hidden states become one: the last ones, or over all of its tokens"))
    ] = "max"
    word_dropout: Annotated[float, About(
        group="classification", task="classify",
        help=tr("Share of tokens read as <unk> while training"), low=0.0, high=1.0, high_open=True,
        live=True)
    ] = 0.0
    embedding_dropout: Annotated[float, About(
        group="classification", task="classify",
        help=tr("Share of the embedding's values dropped while training"), low=0.0, high=1.0,
        high_open=True, live=True)
    ] = 0.0
    adversarial: Annotated[float, About(
        group="classification", task="classify",
        help=tr("Length of the nudge against which each text is learned once more, as a share "
            "of its embedding's"), low=0.0, high=10.0, live=True, off=tr("none"))
    ] = 0.0
    class_weights: Annotated[bool, About(
        group="classification", task="classify",
        help=tr("Let rare classes count as much as frequent ones in the loss"))
    ] = False
    best_by: Annotated[Literal["loss", "accuracy", "macro_f1"], About(
        group="classification", task="classify",
        help=tr("The measure of the validation texts that names the best model; a language "
            "model has the loss alone"))
    ] = "loss"

    epochs: Annotated[int, About(
        group="training", help=tr("Passes over the data"), unit=tr("epochs"), low=1, high=BIG,
        live=True)
    ] = 20
    max_steps: Annotated[int, About(
        group="training", help=tr("End after this many steps"), unit=tr("steps"), low=0, high=BIG,
        live=True, off=tr("no limit"))
    ] = 0
    max_seconds: Annotated[float, About(
        group="training", help=tr("End after this much training time"), unit=tr("seconds"), low=0.0,
        high=float(BIG), live=True, off=tr("no limit"))
    ] = 0.0
    learning_rate: Annotated[float, About(
        group="training", help=tr("Maximum learning rate"), low=0.0, high=100.0,
        low_open=True, live=True)
    ] = 0.001
    embedding_rate: Annotated[float, About(
        group="training", help=tr("Learning rate of the embedding, as a multiple of learning_rate"),
        low=0.0, high=1000.0, live=True)
    ] = 1.0
    optimizer: Annotated[Literal["adam", "adamw"], About(
        group="training", help=tr("Adam, or AdamW with decoupled weight decay"))
    ] = "adam"
    schedule: Annotated[Literal["constant", "cosine", "plateau"], About(
        group="training", help=tr("How the learning rate moves after warm-up"), live=True)
    ] = "plateau"
    warmup_steps: Annotated[int, About(
        group="training", help=tr("Steps over which the learning rate rises linearly"),
        unit=tr("steps"), low=0, high=BIG)
    ] = 100
    lr_floor: Annotated[float, About(
        group="training", help=tr("Lowest learning rate, as a share of learning_rate"), low=0.0,
        high=1.0, live=True)
    ] = 0.05
    plateau_patience: Annotated[int, About(
        group="training", help=tr("Evaluations without improvement before plateau cuts the rate"),
        unit=tr("evaluations"), low=0, high=BIG, live=True)
    ] = 2
    plateau_factor: Annotated[float, About(
        group="training", help=tr("What plateau multiplies the learning rate by"), low=0.0,
        high=1.0, low_open=True, high_open=True, live=True)
    ] = 0.5
    weight_decay: Annotated[float, About(
        group="training", help=tr("Pull of the weights towards zero"), low=0.0, high=10.0,
        live=True)
    ] = 0.0
    dropout: Annotated[float, About(
        group="training", help=tr("Share of values dropped between layers and before the output"),
        low=0.0, high=1.0, high_open=True, live=True)
    ] = 0.3
    max_grad_norm: Annotated[float, About(
        group="training", help=tr("Gradients longer than this are scaled down to it"), low=0.0,
        high=float(BIG), live=True, off=tr("no clipping"))
    ] = 1.0
    on_divergence: Annotated[Literal["stop", "rollback"], About(
        group="training", live=True,
        help=tr("When numbers leave their range: stop, or go back to the last good checkpoint "
            "with the settings before the edit, else with smaller steps, at most 3 times"))
    ] = "stop"
    teacher_forcing_ratio: Annotated[float, About(
        group="training", task="language",
        help=tr("Share of time steps fed the true token; the rest are fed the model's own "
            "prediction"), low=0.0, high=1.0, live=True)
    ] = 1.0
    patience: Annotated[int, About(
        group="training", help=tr("End after this many evaluations without improvement"),
        unit=tr("evaluations"), low=0, high=BIG, live=True, off=tr("never"))
    ] = 0

    eval_every: Annotated[int, About(
        group="run", help=tr("Steps between evaluations"), unit=tr("steps"), low=0, high=BIG,
        live=True, off=tr("at the end of each epoch"))
    ] = 0
    eval_tokens: Annotated[int, About(
        group="run", task="language",
        help=tr("Most tokens of the validation text that an evaluation measures, evenly spread"),
        unit=tr("tokens"), low=0, high=BIG, off=tr("all"))
    ] = 2_000_000
    checkpoint_every: Annotated[int, About(
        group="run", help=tr("Steps between checkpoints"), unit=tr("steps"), low=0, high=BIG,
        live=True, off=tr("at each evaluation"))
    ] = 0
    checkpoint_seconds: Annotated[float, About(
        group="run", help=tr("Save after this much training time without a checkpoint"),
        unit=tr("seconds"), low=0.0, high=float(BIG), live=True, off=tr("no limit"))
    ] = 300.0
    keep_checkpoints: Annotated[int, About(
        group="run", help=tr("How many of the newest checkpoints stay beside the best one"),
        unit=tr("checkpoints"), low=1, high=BIG, live=True)
    ] = 3
    sample_length: Annotated[int, About(
        group="run", task="language", help=tr("Length of the sample drawn at each evaluation"),
        unit=tr("tokens"), low=0, high=100_000, live=True, off=tr("no sample"))
    ] = 200
    probes: Annotated[bool, About(
        group="run",
        help=tr("Look inside the model while it trains, for at most 2 % of the time"), live=True)
    ] = True
    doctor: Annotated[bool, About(
        group="run", help=tr("Say while it trains what is wrong with a run, and what mends it"),
        live=True)
    ] = True
    save_dir: Annotated[str, About(
        group="run",
        help=tr("Folder that also gets the best model as .pt and the vocabulary as .json"))
    ] = ""
    seed: Annotated[int, About(
        group="run", help=tr("Seed of initialisation, order and dropout"), low=0, high=2**63 - 1)
    ] = 0
    device: Annotated[Literal["auto", "cpu", "cuda"], About(
        group="run", help=tr("Where to train; auto takes a GPU if there is one"))
    ] = "auto"
    threads: Annotated[int, About(
        group="run", help=tr("CPU threads"), unit=tr("threads"), low=0, high=1024,
        off=tr("one a core"))
    ] = 0
    precision: Annotated[Literal["fp32", "bf16"], About(
        group="run", help=tr("Number format of the matrix products"))
    ] = "fp32"
# fmt: on


SETTINGS: dict[str, Setting] = settings_of(Config)
"""Every training setting by name, in the order of the table."""

DATA_SETTINGS = frozenset({"corpus", "data_file", "val_file"})
"""Settings that name the data; what one task learns from, the other cannot."""


BEFORE: dict[str, Value] = {"newlines": "keep"}
"""Settings that came later, where a run without them does otherwise than their default."""


def foreign_settings(task: TaskName) -> frozenset[str]:
    """Return the settings that mean nothing to a task."""
    return frozenset(name for name, s in SETTINGS.items() if s.about.task not in ("", task))


def refuse_foreign(task: TaskName, given: Iterable[str]) -> None:
    """Refuse settings that were asked for and would do nothing to a task.

    Args:
        task: What is learned.
        given: Names of the settings.

    Raises:
        SettingsError: Lists every one of them.
    """
    foreign = foreign_settings(task)
    problems = [_foreign(task, name) for name in given if name in foreign]
    if problems:
        raise SettingsError(problems)


def _foreign(task: TaskName, name: str) -> str:
    if task == "classify":
        return tr("{name} means nothing to a classifier; leave it out", name=name)
    return tr(
        "{name} means nothing to a language model; leave it out, or add --task classify", name=name
    )


def holds_out(config: Config) -> bool:
    """Tell whether there is something to validate with."""
    return bool(config.val_file) or config.val_fraction > 0


def make_config(
    values: Mapping[str, object] | None = None,
    *,
    preset: str = "chapter",
    base: Config | None = None,
) -> Config:
    """Make a `Config`, the only way to do so.

    Args:
        values: Settings by name, over those of the preset or the base.
        preset: A name of `PRESETS`; without effect where a base is given.
        base: A config to start from.

    Raises:
        SettingsError: Lists every problem at once, or says which settings do not go together.
    """
    if preset not in PRESETS:
        raise SettingsError([unknown_choice(preset, list(PRESETS), tr("preset"))])
    given = values or {}
    merged = {} if base is not None else dict[str, object](preset_values(preset, given))
    merged.update(given)
    config = build(Config, merged, base)
    if config.patience and not holds_out(config):
        raise SettingsError([_nothing_to_wait_for()])
    return config


def _nothing_to_wait_for() -> str:
    return tr(
        "patience waits for evaluations, and val_fraction 0 leaves nothing to evaluate; set "
        "patience 0, raise val_fraction or name a val_file"
    )


def stored_values(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the settings of a run by name, with those that it began without.

    A run from before a setting was there goes on as it began, whatever the default is now.
    """
    return {**BEFORE, **values}


def config_values(config: Config) -> dict[str, Value]:
    """Return all settings of a config by name, in the order of the table."""
    return msgspec.structs.asdict(config)


def cell_name(config: Mapping[str, Value]) -> str:
    """Return what a model's cell is called: `lstm`, or `bilstm` where it reads both ways.

    Args:
        config: Settings by name; those of an older run may lack some.
    """
    both_ways = config.get("task") == "classify" and bool(config.get("bidirectional"))
    return "bi" * both_ways + str(config.get("model_type", ""))


def changed_settings(old: Config, new: Config) -> dict[str, tuple[Value, Value]]:
    """Return what differs between two configs, as (old, new) by name."""
    before, after = config_values(old), config_values(new)
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}
