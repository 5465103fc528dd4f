"""System calls of the program, seen and tampered with: what it asks of the disk, in which order."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
    """Its place among the calls of its name of the first thread, or on the output, from 1."""
    text: str
    """Its arguments, files named by path."""

    @property
    def is_announcement(self) -> bool:
        """Whether it writes to the program's output, which a thread of its own does."""
        return self.name == "write" and "/out>" in self.text

    def tampered(self, how: str, out: Path) -> list[str]:
        """Return strace's options that tamper with this call alone.

        A filtered call does not count, and neither does one of a thread that is not followed.

        Args:
            how: As strace's `inject` takes it.
            out: Where the program announces what it does.
        """
        narrowed = ["-f", "-P", str(out)] if self.is_announcement else []
        return [
            *narrowed,
            "-e",
            f"trace={self.name}",
            "-e",
            f"inject={self.name}:{how}:when={self.number}",
        ]


@contextmanager
def traced(program: Program, *options: str) -> Iterator[None]:
    """Let a program that was started stopped go on under strace, until it has ended."""
    while "State:\tT" not in Path(f"/proc/{program.pid}/status").read_text():
        time.sleep(0.001)  # a moment: it has said that it is there and stops itself next
    strace = subprocess.Popen(
        ["strace", "-y", "-s", "5000", "-o", str(program.root / "trace"), *options,
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
    """Return the traced calls that succeeded, in their order; a sync counts from its end."""
    calls, counts, begun = [], dict[tuple[str, bool], int](), dict[str, Call]()
    for line in (program.root / "trace").read_text(errors="replace").splitlines():
        thread = line.split(maxsplit=1)[0]
        if "sync resumed>" in line:
            calls.append(begun.pop(thread))
        found = re.match(r"\d+ +(\w+)\((.*?)(?:\) += +(-?\d+)|<unfinished)", line)
        if not found:
            continue
        call = Call(found[1], 0, found[2])
        if call.is_announcement or thread == str(program.pid):
            key = call.name, call.is_announcement
            counts[key] = counts.get(key, 0) + 1
            call = replace(call, number=counts[key])
        if "sync" in call.name and found[3] is None:
            begun[thread] = call
        elif not (found[3] or "").startswith("-"):
            calls.append(call)
    return calls


def points(calls: Sequence[Call], root: Path) -> list[Call]:
    """Return the calls at which a kill could hurt: those on the workspace, and announcements."""
    places = (str(root / "studio"), f"{root}/out>")
    return [c for c in calls if c.name in CHANGING and any(place in c.text for place in places)]


@dataclass
class PowerCut:
    """Follow a trace and tell what a power cut could take of what was announced.

    A file's contents are safe once it was synced after its last write; its name, once its folder
    was synced after it got it; a row, once the write-ahead log was. An announcement may come while
    the next row is being written, so each is looked for in what the log has been given.
    """

    unsafe: set[PurePath] = field(default_factory=set)
    """Files written to since they were synced."""
    unnamed: set[PurePath] = field(default_factory=set)
    """Files and folders whose names may be lost."""
    given: list[str] = field(default_factory=list)
    """What the log was given since it was synced."""
    kept: list[str] = field(default_factory=list)
    """What the log had been given when it was synced."""
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
                    self.given.append(call.text)
            case "fsync" | "fdatasync" if paths:
                self.unsafe.discard(paths[0])
                if paths[0].name.endswith("-wal"):
                    self.kept += self.given
                    self.given.clear()
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

    def _announce(self, text: str) -> None:
        if '\\"type\\":\\"CheckpointSaved\\"' in text:
            path = PurePath(re.findall(r'\\"path\\":\\"([^"\\]+)\\"', text)[0])
            self.announced += 1
            if path in self.unsafe:
                self.found.append(f"{path.name} was announced before its contents were safe")
            for part in (path, *path.parents):
                if part in self.unnamed:
                    self.found.append(f"{path.name} was announced before the name {part.name}")
        elif '\\"type\\":\\"Evaluated\\"' not in text:
            return
        for log in (path for path in self.unnamed if path.name.endswith("-wal")):
            self.found.append(f"an announcement came before the name {log.name}")
        event = text[text.index("{") : text.rindex("}") + 1]
        if any(event in row for row in self.kept):
            return
        missing = "safe" if any(event in row for row in self.given) else "written"
        self.found.append(f"an announcement came before its row was {missing}")


def power_cut_losses(calls: Sequence[Call], root: Path) -> tuple[int, list[str]]:
    """Return how many checkpoints a trace announces, and what a power cut could take of it."""
    cut = PowerCut()
    for call in calls:
        if str(root) in call.text:
            cut.take(call)
    return cut.announced, cut.found
