"""The loaded interpreter of `workspace/warm_interpreter.py`: forks for each command it is given."""

import gc
import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from workspace.warm_interpreter import Ended, Order

LOOK_EVERY_S = 0.02
"""Seconds until a child's end is noticed."""

SIGNALS = {"terminate": signal.SIGTERM, "kill": getattr(signal, "SIGKILL", signal.SIGTERM)}


def serve() -> int:
    """Take orders from standard input until it ends; children see that their parent is gone."""
    # What is loaded here is loaded in every child. No thread may run before the last fork.
    import workspace.session  # noqa: F401  loaded for the children

    gc.freeze()
    children: dict[int, int] = {}
    rest = b""
    while True:
        if select.select([0], [], [], LOOK_EVERY_S)[0]:
            fragment = os.read(0, 65536)
            if not fragment:
                return 0
            *lines, rest = (rest + fragment).split(b"\n")
            for line in lines:
                _obey(msgspec.json.decode(line, type=Order), children)
        _report_ends(children)


def _obey(order: Order, children: dict[int, int]) -> None:
    """Carry out an order.

    Args:
        order: What to do.
        children: Numbers of the living children by process id.
    """
    if order.action == "start":
        try:
            pid = os.fork()
        except OSError as error:
            Path(order.errors).write_text(f"{error.strerror}\n", encoding="utf-8")
            _answer(Ended(order.child, 1))
            return
        if not pid:
            _become(order)
        children[pid] = order.child
        return
    for pid, child in children.items():
        if child == order.child:
            os.kill(pid, SIGNALS[order.action])


def _become(order: Order) -> None:
    """Be the child: run its command, and end without returning."""
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        errors = os.open(order.errors, os.O_WRONLY | os.O_APPEND)
        for source, target in ((null, 0), (null, 1), (errors, 2)):
            os.dup2(source, target)
        from tui.cli.main import run_command_line

        code = run_command_line(order.words)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        # What would be taken down is the parent's: none of it is this process's to end.
        os._exit(code)


def _report_ends(children: dict[int, int]) -> None:
    """Answer which children have ended since the last time."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        _answer(Ended(children.pop(pid), os.waitstatus_to_exitcode(status)))


def _answer(ended: Ended) -> None:
    os.write(1, msgspec.json.encode(ended) + b"\n")
