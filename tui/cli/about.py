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
from tui.cli.version import VERSION

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


def add_arguments(parser: StudioParser) -> None:
    """Add how it is printed."""
    add_json(parser, tr("Print one JSON object"))


def run(args: argparse.Namespace) -> int:
    """Print what is known, without loading torch."""
    path = chosen()
    found = About(
        version=VERSION,
        python=platform.python_version(),
        torch=_torch_version(),
        machine=platform.machine(),
        threads=available_threads(),
        kernels=path.name,
        why=path.why,
        bf16_instructions=path.multiplies_bf16,
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
