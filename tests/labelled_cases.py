"""Small labelled corpora, for the tests of classification."""

import random

from core.config import Config, make_config
from core.settings import Value
from core.text.labelled import LabelledTexts
from core.text.labelled_corpus import LabelledCorpus, make_labelled_corpus

SMALL_CLASSIFIER: dict[str, Value] = {
    "task": "classify",
    "vocab_type": "word",
    "hidden_size": 12,
    "num_layers": 1,
    "embedding_dim": 8,
    "batch_size": 8,
    "dropout": 0.1,
    "word_dropout": 0.1,
    "learning_rate": 0.02,
    "warmup_steps": 0,
    "epochs": 3,
    "val_fraction": 0.25,
    "threads": 1,
    "best_by": "accuracy",
}

_WORDS = {
    "good": ["fine", "warm", "clever", "bright"],
    "bad": ["dull", "cold", "clumsy", "dim"],
    "odd": ["queer", "blue", "sideways", "lumpy"],
}
_FILLING = ["the", "film", "is", "a", "story", "of", "two", "people", "and", "their", "dog"]


def classifier_config(**changes: Value) -> Config:
    """Return settings of a classifier that trains in milliseconds."""
    return make_config({**SMALL_CLASSIFIER, **changes})


def reviews(count: int = 120, *, classes: int = 2, seed: int = 0) -> LabelledTexts:
    """Return texts of 3 to 12 words, of which one tells the class."""
    draw = random.Random(seed)
    texts, labels = [], []
    for number in range(count):
        label = list(_WORDS)[number % classes]
        words = draw.choices(_FILLING, k=draw.randint(2, 11))
        words.insert(draw.randint(0, len(words)), draw.choice(_WORDS[label]))
        texts.append(" ".join(words))
        labels.append(label)
    return LabelledTexts(texts, labels, [f"row {number + 1}" for number in range(count)])


def small_labelled(config: Config, **changes: int) -> LabelledCorpus:
    """Return a corpus of such texts."""
    return make_labelled_corpus("reviews", reviews(**changes), config)
