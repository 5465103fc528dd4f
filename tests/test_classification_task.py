"""Classification keeps the promises that language modelling does, by the same trainer."""

import math

import pytest
import torch
import torch.nn.functional as F

from core.config import make_config
from core.control import StopRequested
from core.events import (
    BaselinesMeasured,
    ClassesMeasured,
    Evaluated,
    Noticed,
    RunEnded,
    RunStarted,
    StepsDone,
    TextClassified,
    TextSampled,
)
from core.settings import Value
from core.text.labelled import LabelledTexts
from core.text.labelled_corpus import make_labelled_corpus
from core.training.checkpoint import Checkpoint
from core.training.classification import evaluate_texts
from core.training.classification_task import ClassificationTask, nudged
from core.training.measures import Measures
from core.training.progress import Progress
from core.training.step_result import StepResult
from core.training.task import Batch
from core.training.trainer import Trainer
from labelled_cases import classifier_config, reviews, small_labelled
from training_cases import Recorder, after_steps, weights_of

CPU = torch.device("cpu")


def trained(**changes: Value) -> Recorder:
    """Train a small classifier to its end."""
    config = classifier_config(**changes)
    recorder = Recorder()
    recorder.trainer(config, small_labelled(config)).run()
    return recorder


@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
def test_it_learns_a_telling_word(model_type: str, pooling: str) -> None:
    """Every cell and pooling comes to find the one word that tells the class."""
    recorder = trained(model_type=model_type, pooling=pooling, epochs=12)
    assert (recorder.of(Evaluated)[-1].best_accuracy or 0.0) > 0.75


def test_the_events_of_a_run() -> None:
    """Labels, baselines, accuracy of steps and classes of each evaluation are told."""
    recorder = trained()
    (started,) = recorder.of(RunStarted)
    assert (started.labels, started.train_texts, started.val_texts) == (["bad", "good"], 90, 30)
    (baselines,) = recorder.of(BaselinesMeasured)
    assert baselines.baselines[0].accuracy == 0.5
    for event in recorder.of(StepsDone):
        assert event.accuracy is not None
        assert 0 <= event.accuracy <= 1
    for evaluated, classes in zip(
        recorder.of(Evaluated), recorder.of(ClassesMeasured), strict=True
    ):
        right = sum(row[n] for n, row in enumerate(classes.confusion))
        assert evaluated.accuracy == pytest.approx(right / 30)
        assert [sum(row) for row in classes.confusion] == [15, 15]
        assert len(classes.mistakes) == 30 - right
    (ended,) = recorder.of(RunEnded)
    assert ended.best_accuracy == max(e.accuracy or 0 for e in recorder.of(Evaluated))
    assert not recorder.of(TextSampled)


def test_an_evaluation_equals_texts_one_by_one() -> None:
    """Loss, confusion and mistakes are those of each text alone, whatever the batches are."""
    config = classifier_config()
    corpus = small_labelled(config, classes=3)
    torch.manual_seed(1)
    task = ClassificationTask(config, corpus, CPU)
    found = evaluate_texts(task.model, corpus.val, corpus.labels, device=CPU)
    losses, confusion = [], [[0] * 3 for _ in range(3)]
    task.model.eval()
    for index in range(len(corpus.val)):
        ids = torch.from_numpy(corpus.val.text_ids(index).astype("int64"))
        logits = task.model(ids[None], torch.tensor([len(ids)]))
        label = int(corpus.val.labels[index])
        losses.append(float(F.cross_entropy(logits, torch.tensor([label])).detach()))
        confusion[label][int(logits.argmax())] += 1
    assert found.loss == pytest.approx(sum(losses) / len(losses), rel=1e-5)
    assert found.confusion == confusion
    sure = [mistake.probability for mistake in found.mistakes]
    assert sure == sorted(sure, reverse=True)
    assert {mistake.text for mistake in found.mistakes} <= set(corpus.val.texts)


def test_a_request_to_stop_ends_an_evaluation() -> None:
    """It is looked at between batches, and the model trains on as before."""
    config = classifier_config()
    corpus = small_labelled(config)
    task = ClassificationTask(config, corpus, CPU)
    task.model.train()
    with pytest.raises(StopRequested):
        evaluate_texts(task.model, corpus.val, corpus.labels, device=CPU, should_stop=lambda: True)
    assert task.model.training


@pytest.mark.parametrize("pooling", ["last", "attention"])
@pytest.mark.parametrize("stop", [5, 12])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "plateau"])
def test_resume_equals_uninterrupted(pooling: str, stop: int, schedule: str) -> None:
    """Stopped in mid-epoch or at its end and resumed, losses and weights are the same bits."""
    config = classifier_config(pooling=pooling, dropout=0.3, schedule=schedule, epochs=2)
    corpus = small_labelled(config)
    whole = Recorder()
    trainer = whole.trainer(config, corpus)
    trainer.run()
    first = Recorder()
    stopped = make_config({"max_steps": stop, "checkpoint_every": 1, "eval_every": 7}, base=config)
    if schedule != "constant":  # a planned end moves the schedule, so that only a stop will do
        stopped = make_config({"max_steps": 0, "checkpoint_every": stop}, base=config)
    interrupted = first.trainer(stopped, corpus)
    interrupted.run()
    saved = next(c for c in first.checkpoints if c.header.progress.step == stop)
    second = Recorder()
    resumed = second.trainer(config, corpus, resume_from=saved)
    resumed.run()
    assert second.losses == whole.losses[stop:]
    assert weights_of(resumed) == weights_of(trainer)


LIVE_CHANGE: dict[str, Value] = {
    "word_dropout": 0.3, "embedding_dropout": 0.2, "adversarial": 0.5, "embedding_rate": 3.0,
}  # fmt: skip


@pytest.mark.parametrize("name", LIVE_CHANGE)
def test_each_live_setting_changes_the_maths_from_then_on(name: str) -> None:
    """The step after the next one has another loss; those before are what they would be."""
    plain = trained(epochs=1)
    config = classifier_config(epochs=1)
    changed = Recorder()
    trainer = changed.trainer(config, small_labelled(config))

    def change(step: int) -> None:
        if step == 4:
            changed.control.change({name: LIVE_CHANGE[name]})

    after_steps(trainer, change)
    trainer.run()
    assert changed.losses[:4] == plain.losses[:4]
    assert not set(changed.losses[5:]) & set(plain.losses[5:])


def test_a_live_change_survives_the_cut() -> None:
    """Changed at step 3, cut at step 9, with every kind of dropout and a nudge: the same bits."""
    config = classifier_config(dropout=0.3, embedding_dropout=0.1, adversarial=0.2, epochs=2)
    corpus = small_labelled(config)

    def played(stop: int, resume_from: Checkpoint | None = None) -> tuple[Recorder, Trainer]:
        recorder = Recorder()
        base = make_config(resume_from.header.config) if resume_from else config
        trainer = recorder.trainer(base, corpus, resume_from)

        def act(step: int) -> None:
            if step == 3:
                recorder.control.change(LIVE_CHANGE)
            if step == stop:
                recorder.control.stop()

        after_steps(trainer, act)
        trainer.run()
        return recorder, trainer

    whole, uninterrupted = played(0)
    first, _ = played(9)
    second, resumed = played(0, first.checkpoints[-1])
    assert first.losses + second.losses == whole.losses
    assert weights_of(resumed) == weights_of(uninterrupted)


def rare_class() -> LabelledTexts:
    """Return texts of which one in five is `bad`."""
    data = reviews(80)
    kept = [n for n, label in enumerate(data.labels) if label == "good" or n < 16]
    return LabelledTexts(*([column[n] for n in kept] for column in data))


def epoch_gradient(**changes: Value) -> torch.Tensor:
    """Return the mean over an epoch's texts of the gradient of the output's bias."""
    changes |= {"dropout": 0.0, "word_dropout": 0.0}
    config = classifier_config(**changes)
    corpus = make_labelled_corpus("reviews", rare_class(), config)
    torch.manual_seed(1)
    task = ClassificationTask(config, corpus, CPU)
    for index in range(task.steps_per_epoch):
        batch = task.batch(0, index)
        (batch.outcome(None).objective * batch.texts / len(corpus.train)).backward()
    gradient = task.model.output.bias.grad
    assert gradient is not None
    return gradient


@pytest.mark.parametrize("batch_size", [1, 8, 1000])
def test_class_weights_let_rare_classes_count_in_any_batch(batch_size: int) -> None:
    """An epoch pulls at the output as if all classes were as frequent, whatever shares a batch."""
    weighted = epoch_gradient(class_weights=True, batch_size=batch_size)
    torch.testing.assert_close(
        weighted, epoch_gradient(class_weights=True, batch_size=7), rtol=1e-4, atol=1e-6
    )
    assert weighted.norm() < 0.2 * epoch_gradient(batch_size=batch_size).norm()


def test_class_weights_leave_the_told_loss_comparable() -> None:
    """The first step's loss is the mean over its texts, with weights or without."""
    told = []
    for class_weights in (False, True):
        config = classifier_config(class_weights=class_weights, max_steps=2)
        recorder = Recorder()
        recorder.trainer(config, make_labelled_corpus("reviews", rare_class(), config)).run()
        told.append(recorder.losses)
    assert told[0][0] == told[1][0]
    assert told[0][1] != told[1][1]


def test_baselines_are_measured_once_a_run() -> None:
    """At its start, not again when it goes on; a run of its own out of a checkpoint has them."""
    config = classifier_config(max_steps=3)
    corpus = small_labelled(config)
    first = Recorder()
    first.trainer(config, corpus).run()
    assert len(first.of(BaselinesMeasured)) == 1
    for is_new_run in (False, True):
        again = Recorder()
        again.trainer(
            classifier_config(max_steps=5), corpus, first.checkpoints[-1], is_new_run=is_new_run
        ).run()
        assert len(again.of(BaselinesMeasured)) == is_new_run


def test_the_best_models_accuracy_is_told_not_the_highest() -> None:
    """Where the loss chooses, a later model of lower loss and lower accuracy is the best one."""
    progress = Progress()
    for loss, share in ((2.0, 0.9), (1.0, 0.8), (3.0, 0.95)):
        progress.judge(Measures(loss=loss, perplexity=None, merit=(-loss,), accuracy=share))
    assert progress.best_accuracy == 0.8


def test_accuracy_is_of_the_steps_that_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a step was not finite, the texts of the steps before it alone are counted."""
    monkeypatch.setattr("core.training.report.REPORT_EVERY_S", 1e9)
    config = classifier_config(batch_size=10, probes=False)
    recorder = Recorder()
    trainer = recorder.trainer(config, small_labelled(config))
    step = trainer.learner.step
    right = []

    def spoiled(batch: Batch, rate: float, *, carry: bool) -> StepResult:
        found = step(batch, rate, carry=carry)
        right.append(found.right)
        if len(right) < 3:
            return found
        trainer.learner.failed = True
        return found._replace(loss=found.loss * math.nan, right=torch.tensor(10))

    monkeypatch.setattr(trainer.learner, "step", spoiled)
    monkeypatch.setattr(trainer._report, "wants_groups", lambda: False)
    trainer.run()
    (told,) = recorder.of(StepsDone)
    assert told.step == 2
    assert told.accuracy == pytest.approx(sum(int(n) for n in right[:2] if n is not None) / 20)


@pytest.mark.parametrize(
    "changes",
    [
        {"word_dropout": 0.6},
        {"embedding_dropout": 0.5},
        {"adversarial": 0.5},
        {"bidirectional": False},
        {"pooling": "mean"},
        {"max_text_length": 2},
    ],
)
def test_each_setting_changes_the_maths(changes: dict[str, Value]) -> None:
    """A setting without effect would leave the losses as they are."""
    assert trained(epochs=1).losses != trained(epochs=1, **changes).losses


def test_a_nudge_goes_where_the_loss_grows_and_leaves_padding_alone() -> None:
    """Each text moves by the share of its own length along its own gradient."""
    config = classifier_config(dropout=0.0, word_dropout=0.0)
    task = ClassificationTask(config, small_labelled(config), CPU)
    batches = [task.batch(0, index).batch for index in range(task.steps_per_epoch)]
    x, lengths, y = max(batches, key=lambda batch: len(set(batch.lengths.tolist())))
    assert len(set(lengths.tolist())) > 1
    embedded = task.model.embed(x).detach().requires_grad_()
    loss = F.cross_entropy(task.model.classify_embedded(embedded, lengths), y)
    (gradients,) = torch.autograd.grad(loss, embedded)
    moved = (nudged(embedded, lengths, gradients, 0.3) - embedded).detach()
    for text, (step, length) in enumerate(zip(moved, lengths.tolist(), strict=True)):
        assert not step[length:].any()
        size = float(embedded[text, :length].detach().norm())
        assert float(step.norm()) == pytest.approx(0.3 * size, rel=1e-4)
        cosine = F.cosine_similarity(step.flatten(), gradients[text].flatten(), dim=0)
        assert float(cosine) == pytest.approx(1.0, abs=1e-4)
    against = F.cross_entropy(task.model.classify_embedded(embedded + moved, lengths), y)
    assert against.item() > loss.item()


def test_adversarial_training_takes_the_gradient_of_both_losses() -> None:
    """Every parameter's gradient is that of the plain loss and of the one after the nudge."""
    changes = {"dropout": 0.0, "word_dropout": 0.0, "embedding_dropout": 0.0, "adversarial": 0.4}
    config = classifier_config(**changes)
    task = ClassificationTask(config, small_labelled(config), CPU)
    batch = task.batch(0, 0)
    outcome = batch.outcome(None)
    outcome.objective.backward()
    found = [weight.grad for weight in task.model.parameters()]
    x, lengths, y = batch.batch
    embedded = task.model.embed(x)
    loss = F.cross_entropy(task.model.classify_embedded(embedded, lengths), y)
    (gradients,) = torch.autograd.grad(loss, embedded, retain_graph=True)
    moved = nudged(embedded, lengths, gradients, 0.4)
    both = loss + F.cross_entropy(task.model.classify_embedded(moved, lengths), y)
    expected = torch.autograd.grad(both, list(task.model.parameters()))
    assert outcome.loss.item() == pytest.approx(loss.item())
    for ours, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, reference, rtol=1e-4, atol=1e-6)


def test_the_best_model_is_chosen_by_the_measure_that_was_asked_for() -> None:
    """By loss, accuracy or macro-F1; where that is equal the lower loss decides."""
    config = classifier_config()
    task = ClassificationTask(config, small_labelled(config), CPU)
    found = evaluate_texts(task.model, task._corpus.val, list(task.labels), device=CPU)
    for best_by, first in (
        ("loss", -found.loss),
        ("accuracy", found.accuracy),
        ("macro_f1", found.macro_f1),
    ):
        task.config = classifier_config(best_by=best_by)
        measures = task.evaluate(0, lambda: False)
        assert measures.merit is not None
        assert measures.merit[0] == pytest.approx(first)
        assert measures.merit[-1] == pytest.approx(-found.loss)


def test_the_console_is_answered_while_training_and_changes_nothing() -> None:
    """A question between two steps leaves every later loss as it would have been."""
    quiet = trained(epochs=1)
    config = classifier_config(epochs=1)
    asked = Recorder()
    trainer = asked.trainer(config, small_labelled(config))
    after_steps(trainer, lambda step: asked.control.classify(step, "a clever film"))
    trainer.run()
    assert asked.losses == quiet.losses
    answers = asked.of(TextClassified)
    assert answers
    for answer in answers:
        assert answer.labels == ["bad", "good"]
        assert sum(answer.probabilities) == pytest.approx(1.0)
        assert len(answer.tokens) == len(answer.weights) == 3
        assert all(math.isfinite(weight) for weight in answer.weights)


def test_questions_of_the_wrong_kind_are_refused_in_a_sentence() -> None:
    """A classifier writes no text, a language model classifies none, an empty text has no class."""
    config = classifier_config(epochs=1)
    recorder = Recorder()
    trainer = recorder.trainer(config, small_labelled(config))
    recorder.control.classify(1, "   ")
    trainer.run()
    assert len(recorder.of(Noticed)) == len(trainer.task.facts.notices) + 1
    assert not recorder.of(TextClassified)
