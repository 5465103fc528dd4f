"""Where a run stands: the counters that a checkpoint keeps."""

import msgspec

from core.training.measures import Measures


class Progress(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Count what has been done; all that a resumed run needs beside its tensors."""

    step: int = 0
    """Steps taken."""
    epoch: int = 0
    """Whole epochs behind us."""
    batch: int = 0
    """Batches taken in the present epoch: the position in the data."""
    tokens: int = 0
    """Tokens trained on."""
    elapsed_s: float = 0.0
    """Seconds of training, without evaluations, saving and pauses."""
    best_val_loss: float | None = None
    """Lowest validation loss so far."""
    best_merit: tuple[float, ...] | None = None
    """Of the best model so far: what it was chosen by, the larger the better."""
    best_step: int | None = None
    """The step of the best model."""
    best_accuracy: float | None = None
    """That of the best model, where texts are classified."""
    last_eval_step: int = -1
    """The step of the last evaluation; -1 before the first."""
    bad_evals: int = 0
    """Evaluations in a row without improvement."""
    plateau_scale: float = 1.0
    """What the plateau schedule has cut the learning rate to, as a share."""
    plateau_bad_evals: int = 0
    """Evaluations without improvement since the plateau schedule last cut."""
    evaluation_due: bool = False
    """Whether a request to stop cut an evaluation short, so that it must be done first."""
    samples: int = 0
    """Samples drawn at evaluations."""
    rollbacks: int = 0
    """How often a divergence has led back to a checkpoint."""

    def advance(self, tokens: int, steps_per_epoch: int) -> None:
        """Count one step over `tokens` tokens."""
        self.step += 1
        self.tokens += tokens
        self.batch += 1
        if self.batch == steps_per_epoch:
            self.epoch, self.batch = self.epoch + 1, 0

    def pass_by(self) -> None:
        """Take note of an evaluation for which there is nothing to evaluate on."""
        self.last_eval_step = self.step
        self.evaluation_due = False

    def judge(self, measures: Measures) -> bool:
        """Take note of an evaluation and tell whether its model is the best so far."""
        self.last_eval_step = self.step
        self.evaluation_due = False
        losses = (self.best_val_loss, measures.loss)
        self.best_val_loss = min((loss for loss in losses if loss is not None), default=None)
        merit, best = measures.merit, self.best_merit
        if best is None and losses[0] is not None:
            best = (-losses[0],)  # a checkpoint from before there were merits; by loss alone
        is_best = merit is not None and (best is None or merit > best)
        if is_best:
            self.best_merit, self.best_step = merit, self.step
            self.best_accuracy = measures.accuracy
            self.bad_evals = self.plateau_bad_evals = 0
        else:
            self.bad_evals += 1
            self.plateau_bad_evals += 1
        return is_best
