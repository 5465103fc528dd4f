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
from core.training.classification import evaluate_texts
from core.training.classification_task import ClassificationTask, nudged
from labelled_cases import classifier_config, reviews, small_labelled
from training_cases import Recorder, weights_of

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


def test_class_weights_let_rare_classes_count() -> None:
    """Each class has the same total weight, and the loss changes by it."""
    data = reviews(80)
    kept = [n for n, label in enumerate(data.labels) if label == "good" or n < 16]
    rare = LabelledTexts(*([column[n] for n in kept] for column in data))
    losses = []
    for class_weights in (False, True):
        config = classifier_config(class_weights=class_weights, epochs=1)
        corpus = make_labelled_corpus("reviews", rare, config)
        recorder = Recorder()
        trainer = recorder.trainer(config, corpus)
        if class_weights:
            assert isinstance(trainer.task, ClassificationTask)
            weights = trainer.task.class_weights
            assert weights is not None
            counts = [list(corpus.train.labels).count(n) for n in range(2)]
            totals = [float(weights[n]) * counts[n] for n in range(2)]
            assert totals[0] == pytest.approx(totals[1])
            assert sum(totals) == pytest.approx(len(corpus.train))
        trainer.run()
        losses.append(recorder.losses)
    assert losses[0] != losses[1]


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
    take = trainer._take_step

    def take_and_ask() -> None:
        take()
        asked.control.classify(trainer.step, "a clever film")

    trainer._take_step = take_and_ask  # type: ignore[method-assign]
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
