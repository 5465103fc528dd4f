"""`rnnstudio about`: versions, and what computes the models on this machine and why."""

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version

import msgspec

from core.cores import available_threads
from core.kernels.library import Path, chosen
from core.language import tr, trn
from tui.cli.json_line import json_line
from tui.cli.options import add_json
from tui.cli.output import write, write_lines
from tui.cli.parser import StudioParser
from tui.cli.places import opened_workspace
from tui.cli.version import VERSION
from tui.cli.wording import size_text
from tui.safe_text import displayable

NAMES = {
    "avx512": "AVX-512",
    "avx2": "AVX2",
    "portable": tr("vectors of 16 bytes"),
    "torch": tr("torch's own operations"),
}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what `--json` says."""

    version: str
    python: str
    torch: str
    """Its version; empty where it is not installed."""
    machine: str
    """The processor's architecture."""
    threads: int
    """Threads that training uses where the settings leave it open."""
    kernels: str
    """`avx512`, `avx2`, `portable` or `torch`."""
    why: str
    bf16_instructions: bool
    """Whether `precision=bf16` multiplies by the processor's own instructions."""
    texts_compiled: bool
    """Whether the compiled part that numbers texts is there."""
    kept_texts: int
    """Large texts whose tokens the workspace keeps."""
    kept_bytes: int
    """What these tokens take."""


def add_arguments(parser: StudioParser) -> None:
    """Add how it is printed."""
    add_json(parser, tr("Print one JSON object"))


def run(args: argparse.Namespace) -> int:
    """Print what is known, without loading torch."""
    from core.text.compiled import compiled
    from workspace.token_cache import MOST_BYTES, TokenCache

    path = chosen()
    cache = TokenCache(opened_workspace(args).tokens_dir)
    kept_texts, kept_bytes = cache.usage()
    found = About(
        version=VERSION,
        python=platform.python_version(),
        torch=_torch_version(),
        machine=platform.machine(),
        threads=available_threads(),
        kernels=path.name,
        why=path.why,
        bf16_instructions=path.multiplies_bf16,
        texts_compiled=compiled() is not None,
        kept_texts=kept_texts,
        kept_bytes=kept_bytes,
    )
    if "json" in args:
        write(json_line(found))
        return 0
    write_lines(
        [
            f"rnnstudio {found.version}, Python {found.python}, torch {found.torch or '-'}",
            trn(
                "processor: {machine}, {n} thread",
                "processor: {machine}, {n} threads",
                found.threads,
                machine=found.machine,
            ),
            tr("kernels: {name}; {why}", name=_name(path), why=path.why),
            tr("precision=bf16: {how}", how=_bf16(path)),
            tr("texts: numbered by the compiled part")
            if found.texts_compiled
            else tr("texts: numbered in Python, large ones by words in minutes"),
            trn(
                "tokens of large texts: {n} text, {size} of at most {most}, in {folder}; they may "
                "be removed at any time",
                "tokens of large texts: {n} texts, {size} of at most {most}, in {folder}; they may "
                "be removed at any time",
                kept_texts,
                size=size_text(kept_bytes),
                most=size_text(MOST_BYTES),
                folder=displayable(str(cache.folder)),
            ),
        ]
    )
    return 0


def _torch_version() -> str:
    try:
        return version("torch")
    except PackageNotFoundError:
        return ""


def _name(path: Path) -> str:
    name = NAMES[path.name]
    return name if path.name == "torch" else tr("compiled, {name}", name=name)


def _bf16(path: Path) -> str:
    if path.name == "torch":
        return tr("products by torch")
    if path.multiplies_bf16:
        return tr("products by the processor's own instructions")
    return tr("products of rounded numbers, no faster than fp32 on this processor")
