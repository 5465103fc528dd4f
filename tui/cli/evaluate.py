"""`rnnstudio evaluate`: measure a trained model on any text."""

import argparse

import msgspec

from core.config import Config
from core.events import finite
from tui.cli.options import add_json
from tui.cli.output import complain, write, write_lines
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import model_target, opened_workspace
from tui.cli.wording import loss_text, perplexity_text


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what `--json` prints; numbers that are not finite are None."""

    loss: float | None
    """Mean nats per token."""
    perplexity: float | None
    bits_per_char: float | None
    nats_per_word: float | None
    """Per whitespace-separated word."""
    tokens: int
    """Tokens predicted."""
    chars: int
    words: int


def add_arguments(parser: StudioParser) -> None:
    """Add the model and the text."""
    parser.add_argument(
        "target", nargs="?", metavar="RUN", help="Number or name of the run, or a checkpoint's path"
    )
    text = parser.add_argument_group("text")
    text.add_argument("--data_file", metavar="FILE", help="The text to measure it on")
    text.add_argument(
        "--encoding",
        metavar="NAME",
        help=f"The text's encoding; a byte-order mark overrides it (default: {Config().encoding})",
    )
    add_json(parser, "Print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Measure, and print what came out."""
    path: str = getattr(args, "data_file", "")
    if not path:
        raise UsageError("evaluate needs a text; name it with --data_file FILE")
    workspace = opened_workspace(args)
    from core.text.reading import read_text

    text = read_text(path, getattr(args, "encoding", Config().encoding))
    # Imported here, since this is what loads torch.
    from workspace.inference import evaluate_text, open_model

    opened = open_model(workspace, model_target(args))
    for notice in opened.notices:
        complain(notice)
    found = evaluate_text(opened, text)
    measured = Measured(
        loss=finite(found.loss),
        perplexity=found.perplexity,
        bits_per_char=found.bits_per_char,
        nats_per_word=found.nats_per_word,
        tokens=found.tokens,
        chars=found.chars,
        words=found.words,
    )
    if "json" in args:
        write(msgspec.json.encode(measured) + b"\n")
    else:
        write_lines(measured_lines(measured))
    return 0


def measured_lines(measured: Measured) -> list[str]:
    """Say what an evaluation found, a measure a line."""
    return [
        f"loss           {loss_text(measured.loss)} nats per token",
        f"perplexity     {perplexity_text(measured.perplexity)}",
        f"bits per char  {_number(measured.bits_per_char)}",
        f"nats per word  {_number(measured.nats_per_word)}",
        f"text           {measured.tokens:,} tokens predicted, {measured.chars:,} characters, "
        f"{measured.words:,} words",
    ]


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4f}"
