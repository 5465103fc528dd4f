"""The compiled part's threads serve several callers at once, and a process that was forked."""

import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from core.kernels.dropping import dropout
from core.kernels.library import compiled

pytestmark = pytest.mark.skipif(compiled() is None, reason="the compiled part is not there")


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """Let three threads compute, more than many a machine has processors."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


ONES = torch.ones(200_000)
"""Enough for several threads of ours; made once, since torch's own do not survive a fork."""


def drop(into: list[Tensor], times: int) -> None:
    """Drop of the values, and keep what is left."""
    into.extend(dropout(ONES, 0.3) for _ in range(times))


def test_several_callers_at_once() -> None:
    """Each gets all of its result, whether it found the workers free or not."""
    found: list[Tensor] = []
    callers = [threading.Thread(target=drop, args=(found, 20)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=60)
    assert len(found) == 80
    for left in found:
        assert abs(left.count_nonzero() / left.numel() - 0.7) < 0.01


@pytest.mark.skipif(sys.platform == "win32", reason="no process is forked there")
def test_a_forked_process_computes() -> None:
    """None of its parent's threads are there; it starts its own."""
    drop([], 1)
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(20)  # ends it where it waits for ever
        found: list[Tensor] = []
        drop(found, 1)
        share = float(found[0].numpy().mean())
        os._exit(0 if abs(share - 1) < 0.02 else 1)
    assert os.waitpid(child, 0)[1] == 0
