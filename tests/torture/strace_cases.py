"""System calls of the program, seen and tampered with: what it asks of the disk, in which order."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import pytest
from program_cases import Program

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")

CHANGING = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "mkdir", "rename", "unlink")
"""Calls that change what is on the disk, or say when it must be there."""


@dataclass(frozen=True)
class Call:
    """Hold a system call of a trace."""

    name: str
    number: int
    """Its place among the calls of its name, from 1: strace's `when`."""
    text: str
    """Its arguments, files named by path."""


@contextmanager
def traced(program: Program, *options: str) -> Iterator[None]:
    """Let a program that was started stopped go on under strace, until it has ended."""
    while "State:\tT" not in Path(f"/proc/{program.pid}/status").read_text():
        time.sleep(0.001)  # a moment: it has said that it is there and stops itself next
    strace = subprocess.Popen(
        ["strace", "-f", "-y", "-s", "2000", "-o", str(program.root / "trace"), *options,
         "-p", str(program.pid)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert strace.stderr is not None
    assert "attached" in strace.stderr.readline()
    os.kill(program.pid, signal.SIGCONT)
    try:
        yield
    finally:
        strace.communicate()


def trace_of(program: Program) -> list[Call]:
    """Return the traced calls that succeeded, in their order."""
    calls, counts = [], dict[str, int]()
    for line in (program.root / "trace").read_text(errors="replace").splitlines():
        found = re.match(r"\d+ +(\w+)\((.*?)(?:\) += +(-?\d+)|<unfinished)", line)
        if found:
            name = found[1]
            counts[name] = counts.get(name, 0) + 1
            if not (found[3] or "").startswith("-"):
                calls.append(Call(name, counts[name], found[2]))
    return calls


def points(calls: Sequence[Call], root: Path) -> list[Call]:
    """Return the calls at which a kill could hurt: those on the workspace, and announcements."""
    places = (str(root / "studio"), f"{root}/out>")
    return [c for c in calls if c.name in CHANGING and any(place in c.text for place in places)]


@dataclass
class PowerCut:
    """Follow a trace and tell what a power cut could take of what was announced.

    A file's contents are safe once it was synced after its last write; its name, once its folder
    was synced after it got it; a row, once the write-ahead log was.
    """

    unsafe: set[PurePath] = field(default_factory=set)
    """Files written to since they were synced."""
    unnamed: set[PurePath] = field(default_factory=set)
    """Files and folders whose names may be lost."""
    rows_after: dict[PurePath, bool] = field(default_factory=dict)
    """Whether the database was written to since a checkpoint got its name."""
    found: list[str] = field(default_factory=list)
    announced: int = 0

    def take(self, call: Call) -> None:
        """Take in the next call."""
        paths = [
            PurePath(p) for p in re.findall(r'<(/[^>]*)>|"(/[^"]*)"', call.text) for p in p if p
        ]
        match call.name:
            case "openat" if "O_CREAT" in call.text and paths and "(deleted)" not in call.text:
                self._open(paths[-1])
            case "mkdir" if paths:
                self.unnamed.add(paths[-1])
            case "write" if paths and paths[0].name == "out":
                self._announce(call.text)
            case "write" | "pwrite64" | "ftruncate" if paths:
                self.unsafe.add(paths[0])
                if paths[0].name.endswith("-wal"):
                    self.rows_after = dict.fromkeys(self.rows_after, True)
            case "fsync" | "fdatasync" if paths:
                self.unsafe.discard(paths[0])
                self.unnamed = {path for path in self.unnamed if path.parent != paths[0]}
            case "rename" if len(paths) > 1:
                self._rename(paths[-2], paths[-1])
            case _:
                pass

    def _open(self, path: PurePath) -> None:
        if path not in self._known:
            self._known.add(path)
            self.unnamed.add(path)

    _known: set[PurePath] = field(default_factory=set)

    def _rename(self, old: PurePath, new: PurePath) -> None:
        if old in self.unsafe:
            self.found.append(f"{new.name} got its name before its contents were safe")
        self.unnamed.discard(old)
        self.unnamed.add(new)
        self.rows_after[new] = False

    def _announce(self, text: str) -> None:
        if '\\"type\\":\\"CheckpointSaved\\"' in text:
            path = PurePath(re.findall(r'\\"path\\":\\"([^"\\]+)\\"', text)[0])
            self.announced += 1
            if path in self.unsafe:
                self.found.append(f"{path.name} was announced before its contents were safe")
            for part in (path, *path.parents):
                if part in self.unnamed:
                    self.found.append(f"{path.name} was announced before the name {part.name}")
            if not self.rows_after.get(path, False):
                self.found.append(f"{path.name} was announced before its row was written")
        elif '\\"type\\":\\"Evaluated\\"' not in text:
            return
        for log in (path for path in self.unsafe | self.unnamed if path.name.endswith("-wal")):
            self.found.append(f"an announcement came before {log.name} was safe")


def power_cut_losses(calls: Sequence[Call], root: Path) -> tuple[int, list[str]]:
    """Return how many checkpoints a trace announces, and what a power cut could take of it."""
    cut = PowerCut()
    for call in calls:
        if str(root) in call.text:
            cut.take(call)
    return cut.announced, cut.found
