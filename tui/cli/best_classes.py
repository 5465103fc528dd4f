"""How the classes of a run's best model fared, found among the run's events."""

from core.events import ClassesMeasured, Evaluated, Event, RunStarted


class BestClasses:
    """Remember the classes of the best model, and those of the newest evaluation."""

    def __init__(self) -> None:
        self._newest: ClassesMeasured | None = None
        self._best: ClassesMeasured | None = None
        self._is_best = False

    def take(self, event: Event) -> None:
        """Take in the next event of the run."""
        match event:
            case RunStarted():
                self._newest = _up_to(event.start_step, self._newest)
                self._best = _up_to(event.start_step, self._best)
            case Evaluated():
                self._is_best = event.is_best
            case ClassesMeasured():
                self._newest = event
                if self._is_best:
                    self._best = event
            case _:
                pass

    @property
    def found(self) -> ClassesMeasured | None:
        """Return the classes of the best model, else the newest ones, if any are known.

        The best model's are unknown where a run went on and has not become better since.
        """
        return self._best or self._newest

    @property
    def is_best(self) -> bool:
        """Tell whether what was found is of the best model."""
        return self._best is not None


def _up_to(step: int, measured: ClassesMeasured | None) -> ClassesMeasured | None:
    """Forget what was measured after the step that a run goes on from."""
    return measured if measured is not None and measured.step <= step else None
