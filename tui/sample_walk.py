"""The texts that the console can go back to, and the one that it shows."""

from tui.history import History
from tui.samples import MOST_KEPT, Sample


class SampleWalk:
    """Walk the samples of the run on show and all that were asked for, of whichever run.

    A text that was chosen stays until another one is; without one the newest sample that the
    training itself has drawn is on show, and changes with each evaluation.
    """

    def __init__(self) -> None:
        self._own: list[Sample] = []
        """What was asked for since the program began, and what is known of before."""
        self._texts: list[Sample] = []
        self._newest: Sample | None = None
        self._chosen: Sample | None = None
        self._awaited: int | None = None
        self._left: Sample | None = None
        """What was left for the training's newest: the text before that, however many follow."""

    def follow(self, history: History) -> None:
        """Take in what has come of a run: the one on show."""
        known = {_key(sample): sample for sample in self._own}
        here = [known.setdefault(_key(s), s) if s.is_asked_for else s for s in history.samples]
        self._own = [*known.values()][-MOST_KEPT:]
        elsewhere = [sample for sample in self._own if sample not in here]
        self._texts = [s for s in elsewhere if s.run != history.run] + here
        # These were drawn from a finished run: after all that it has drawn in training.
        self._texts += [s for s in elsewhere if s.run == history.run]
        self._newest = history.sample
        if self._awaited is not None and (awaited := history.samples.asked_for(self._awaited)):
            self._chosen, self._awaited = awaited, None

    def expect(self, number: int | None) -> None:
        """Choose what the console has asked for under a number, as soon as it comes.

        Args:
            number: None for no text of one's own any more.
        """
        self._awaited = number
        if number is None:
            self._chosen = self._left = None

    @property
    def text(self) -> Sample | None:
        """The text on show; None where there is none."""
        return self._chosen or self._newest

    @property
    def place(self) -> tuple[int, int]:
        """Which of how many texts is on show, from 1; zeros where there is none."""
        if self.text not in self._texts:
            return 0, len(self._texts)
        return self._texts.index(self.text) + 1, len(self._texts)

    @property
    def can_leave(self) -> bool:
        """Whether a text was chosen that another one would take the place of."""
        return self._chosen is not None and self._newest not in (None, self._chosen)

    def leave(self) -> bool:
        """Show the newest sample of the training again; return whether that is another text."""
        left = self._chosen if self.can_leave else None
        if left is not None:
            self.expect(None)
            self._left = left
        return left is not None

    def turn(self, direction: int) -> bool:
        """Choose the text before the one on show, or the one after it.

        Behind the last text is the newest one of the training, and before that the last text.

        Returns:
            Whether there is one.
        """
        texts, newest_is_last = self._texts, self._texts[-1:] == [self._newest]
        here = len(texts) - newest_is_last
        if self._chosen in texts:
            here = texts.index(self._chosen)
        elif direction < 0 and self._left in texts:
            here = texts.index(self._left) + 1
        target = here + direction
        if target < 0 or (target >= len(texts) and not self.can_leave):
            return False
        follows = target >= len(texts) - newest_is_last
        self.expect(None)
        self._chosen = None if follows else texts[target]
        return True


def _key(sample: Sample) -> tuple[int | None, int]:
    return sample.run, sample.number
