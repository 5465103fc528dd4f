"""How much memory this process may still take, as the operating system tells it."""

from contextlib import suppress
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
"""Where a container's own limit stands (control groups, version 2)."""


def free_memory(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int | None:
    """Return the bytes that can be had without swapping; None where nobody tells.

    Args:
        meminfo: Linux's table of memory.
        cgroup: The folder of the control group that this process sees as its own.
    """
    known = [size for size in (_available(meminfo), _left_in_group(cgroup)) if size is not None]
    return min(known, default=None)


def _available(meminfo: Path) -> int | None:
    """Return what the kernel deems available to new work."""
    with suppress(OSError, ValueError, IndexError):
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _left_in_group(cgroup: Path) -> int | None:
    """Return what the group's limit leaves; the text `max`, which is no number, is no limit."""
    with suppress(OSError, ValueError):
        limit = int((cgroup / "memory.max").read_text(encoding="ascii"))
        return max(0, limit - int((cgroup / "memory.current").read_text(encoding="ascii")))
    return None
