"""A process that has loaded the program once and forks it for each command line.

So hundreds of runs can be killed without loading torch hundreds of times. It reads one JSON object
a line, a `Start`, and answers with the child's process id; a bare number waits for that child and
answers with its wait status.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path

import naive


def main() -> None:
    """Serve until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    for line in sys.stdin:
        asked = json.loads(line)
        if isinstance(asked, int):
            _, status = os.waitpid(asked, 0)
            answers.write(f"{status}\n")
            continue
        child = os.fork()
        if not child:
            answers.close()
            become(asked)
        answers.write(f"{child}\n")


def become(asked: dict[str, object]) -> None:
    """Be the program, as if it had been started with these words; never returns."""
    if asked["terminal"]:
        os.setsid()
        # Where the leader of a terminal's session ends, what is unread goes, too: not so a shell's.
        owns = 0 if asked["owns"] else os.O_NOCTTY
        terminal = os.open(str(asked["terminal"]), os.O_RDWR | owns)
        for number in range(3):
            os.dup2(terminal, number)
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        vars(sys).update(__stdout__=sys.stdout, __stderr__=sys.stderr)
        tell_events(str(asked["out"]))
    else:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out"), (2, "err")):
            file = os.open(str(asked[name]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(file, number)
            os.close(file)
    if asked["naive"]:
        getattr(naive, str(asked["naive"]))()
    if asked["stopped"]:
        os.kill(os.getpid(), signal.SIGSTOP)
    code = 1
    try:
        from tui.cli.main import run_command_line

        code = run_command_line([str(word) for word in asked["words"]])  # type: ignore[attr-defined]
    except BaseException:
        traceback.print_exc()
    finally:
        if sys.stdout is not None:
            sys.stdout.flush()
        os._exit(code)


def tell_events(path: str) -> None:
    """Write each event that the terminal gets into a file too, as `--json` prints it."""
    from core.events import Event, encode_event
    from tui.cli.training_log import TrainingLog
    from tui.engine import Mailbox

    file, put, lines = os.open(path, os.O_WRONLY), Mailbox.put, TrainingLog.lines

    def told(self: Mailbox, event: Event) -> None:
        os.write(file, encode_event(event) + b"\n")
        put(self, event)

    def logged(self: TrainingLog, event: Event) -> list[str]:
        os.write(file, encode_event(event) + b"\n")
        return lines(self, event)

    Mailbox.put = told  # type: ignore[method-assign]
    TrainingLog.lines = logged  # type: ignore[method-assign]


if __name__ == "__main__":
    # Loaded before the first fork, and never used before it: torch's threads do not survive one.
    import torch

    import workspace.session  # noqa: F401

    torch.set_num_threads(1)
    sys.path.insert(0, str(Path(__file__).parent))
    main()
