"""The clock of work stands still while the program is suspended."""

import os
import signal
import subprocess
import sys
import time

from core.stopwatch import work_s

SUSPENDED = """
import time
from core.stopwatch import suspend, work_s
began, worked = time.perf_counter(), work_s()
print(flush=True)
suspend()
print(time.perf_counter() - began, work_s() - worked)
"""


def test_it_goes() -> None:
    """Without a suspension it is the system's clock."""
    began, worked = time.perf_counter(), work_s()
    time.sleep(0.01)
    assert 0.01 <= work_s() - worked <= time.perf_counter() - began


def test_it_stands() -> None:
    """A suspension is in the system's time, and not in that of work."""
    child = subprocess.Popen([sys.executable, "-c", SUSPENDED], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
    time.sleep(0.3)
    child.send_signal(signal.SIGCONT)
    all_s, worked_s = map(float, child.communicate()[0].split())
    assert all_s - worked_s >= 0.3
