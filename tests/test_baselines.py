"""The simple methods are what they say they are: a count, and a convex fit at its minimum."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.control import StopRequested
from core.text.labelled import LabelledTexts
from core.text.labelled_corpus import EncodedTexts, make_labelled_corpus
from core.training import baselines
from core.training.baselines import BagOfWords, measure_baselines
from labelled_cases import classifier_config, reviews, small_labelled


def never() -> bool:
    """Go on."""
    return False


def dense_features(texts: EncodedTexts, train: EncodedTexts, vocab_size: int) -> torch.Tensor:
    """Return tf-idf by its definition, text by text, float64, (N, V)."""
    texts_with = np.zeros(vocab_size)
    for index in range(len(train)):
        texts_with[np.unique(train.text_ids(index))] += 1
    idf = np.log((1 + len(train)) / (1 + texts_with)) + 1
    rows = []
    for index in range(len(texts)):
        row = np.bincount(texts.text_ids(index), minlength=vocab_size) * idf * (texts_with > 0)
        rows.append(row / np.linalg.norm(row))
    return torch.from_numpy(np.stack(rows))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_bag_of_words_is_at_the_minimum(classes: int) -> None:
    """Autograd's gradient of the regularised loss over dense features vanishes there."""
    corpus = small_labelled(classifier_config(), classes=classes)
    size = len(corpus.vocabulary)
    bag = BagOfWords(corpus.train, classes=classes, vocab_size=size)
    bag.fit(never)
    weight, bias = bag._weight.detach().requires_grad_(), bag._bias.detach().requires_grad_()
    known = torch.from_numpy(bag._rows >= 0)
    logits = dense_features(corpus.train, corpus.train, size)[:, known] @ weight + bias
    torch.testing.assert_close(bag.logits(corpus.train), logits.detach())
    truth = torch.from_numpy(corpus.train.labels)
    loss = F.cross_entropy(logits, truth, reduction="sum") + weight.square().sum() / 2
    for gradient in torch.autograd.grad(loss, (weight, bias)):
        assert float(gradient.norm()) < 1e-3


def test_both_baselines_on_other_texts() -> None:
    """The majority class counts the training texts; the bag finds the telling words."""
    data = reviews(90, classes=3)
    kept = [n for n, label in enumerate(data.labels) if label != "odd" or n < 20]
    train = LabelledTexts(*([column[n] for n in kept] for column in data))
    config = classifier_config()
    corpus = make_labelled_corpus("reviews", train, config, val_data=reviews(60, classes=3))
    majority, bag = measure_baselines(
        corpus.train,
        corpus.val,
        classes=3,
        vocab_size=len(corpus.vocabulary),
        should_stop=never,
    )
    counts = np.bincount(corpus.train.labels)
    assert (majority.name, bag.name) == ("majority class", "bag of words")
    assert majority.accuracy == pytest.approx(1 / 3)
    assert majority.macro_f1 == pytest.approx(1 / 6)
    expected = -np.log(counts / counts.sum())[corpus.val.labels].mean()
    assert majority.loss == pytest.approx(expected)
    assert bag.accuracy > majority.accuracy + 0.3
    assert bag.loss is not None
    assert majority.loss is not None
    assert bag.loss < majority.loss


def test_unknown_tokens_count_nothing() -> None:
    """A word that training has not neither adds to a text's scores nor takes from its others'."""
    corpus = small_labelled(classifier_config())
    bag = BagOfWords(corpus.train, classes=2, vocab_size=len(corpus.vocabulary))
    bag.fit(never)
    ids = corpus.val.text_ids(0)
    known = EncodedTexts(ids, np.array([0, len(ids)]), np.array([0]), [""])
    longer = np.concatenate((ids, np.zeros(5, ids.dtype)))  # 0 is <unk>
    with_unknown = EncodedTexts(longer, np.array([0, len(longer)]), np.array([0]), [""])
    nothing = EncodedTexts(longer[-5:], np.array([0, 5]), np.array([0]), [""])
    assert torch.equal(bag.logits(known), bag.logits(with_unknown))
    assert torch.equal(bag.logits(nothing)[0], bag._bias.detach())


def test_many_classes_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are never more weights than the limit: the most common tokens have them."""
    monkeypatch.setattr(baselines, "MOST_WEIGHTS", 20)
    corpus = small_labelled(classifier_config())
    bag = BagOfWords(corpus.train, classes=2, vocab_size=len(corpus.vocabulary))
    bag.fit(never)
    assert bag._weight.numel() == 20
    assert bag.logits(corpus.val).shape == (len(corpus.val), 2)


def test_a_request_to_stop_ends_the_fit() -> None:
    """A user who leaves does not wait for figures."""
    corpus = small_labelled(classifier_config())
    bag = BagOfWords(corpus.train, classes=2, vocab_size=len(corpus.vocabulary))
    with pytest.raises(StopRequested):
        bag.fit(lambda: True)
