"""How much memory this process may still take, as the operating system tells it."""

from contextlib import suppress
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
"""Where a container's own limit stands (control groups, version 2)."""

STATM = Path("/proc/self/statm")
"""Begins with the pages of address space that this process has."""


def free_memory(meminfo: Path = MEMINFO, cgroup: Path = CGROUP, statm: Path = STATM) -> int | None:
    """Return the bytes that can be had without swapping; None where nobody tells.

    Args:
        meminfo: Linux's table of memory.
        cgroup: The folder of the control group that this process sees as its own.
        statm: Linux's word on how much this process has.
    """
    told = (_available(meminfo), _left_in_group(cgroup), _left_in_limit(statm))
    return min((size for size in told if size is not None), default=None)


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


def _left_in_limit(statm: Path) -> int | None:
    """Return what `ulimit -v` leaves; None where there is no such limit."""
    with suppress(ImportError, OSError, ValueError, IndexError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(statm.read_text(encoding="ascii").split()[0])
            return max(0, limit - pages * resource.getpagesize())
    return None
