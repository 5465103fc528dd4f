"""The CPU's threads among the runs of an experiment that are trained at a time."""

from core.cores import available_threads


def shared_threads(threads: int, parallel: int) -> int:
    """Return the setting `threads` of a run that is trained beside others.

    Args:
        threads: The setting as a run has it alone; 0 for all there are.
        parallel: How many runs are trained at a time.
    """
    if parallel == 1:
        return threads
    return max(1, (threads or available_threads()) // parallel)


def unshared_threads(threads: int, parallel: int) -> int:
    """Return the setting `threads` as a run has it alone, from its share.

    All threads that there are, or more, are no share: a run has them that began alone, before its
    experiment went on with more at a time.
    """
    if parallel == 1 or threads >= available_threads():
        return threads
    return 0 if threads == shared_threads(0, parallel) else threads * parallel
