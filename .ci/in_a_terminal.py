"""Run a command in a terminal of 120×40 until it shows some words, type some, and end as it ends.

    python .ci/in_a_terminal.py WORDS KEYS COMMAND

Whatever the command writes is shown if it does otherwise.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

LIMIT_S = 900


def main() -> int:
    """Return the command's exit code, or 1 where the words have not come in time."""
    words, keys, command = sys.argv[1:]
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        ["bash", "-c", command],
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
        env=os.environ | {"TERM": "xterm-256color", "LANGUAGE": "en"},
    )  # fmt: skip
    os.close(follower)
    limit, sent, typed = time.monotonic() + LIMIT_S, b"", False
    while time.monotonic() < limit:
        if not select.select([leader], [], [], 1)[0]:
            continue
        try:
            data = os.read(leader, 2**16)
        except OSError:  # Linux tells so that nobody has the terminal any more.
            data = b""
        if not data:
            break
        sent += data
        if not typed and words.encode() in sent:
            os.write(leader, keys.encode())
            typed = True
    else:
        process.kill()
    code = process.wait()
    if typed and code == 0:
        return 0
    sys.stdout.write(sent.decode(errors="replace"))
    sys.stdout.write(f"\nwas {words!r} shown: {typed}; exit code: {code}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
