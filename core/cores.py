"""How many CPU threads this process may use, one a core."""

import os


def available_threads() -> int:
    """Return how many CPU threads there are where the settings leave it open, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
