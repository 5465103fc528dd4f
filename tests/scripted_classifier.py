"""What the scripted backend plays where texts are classified: labels, matrices and answers."""

import math
import re

from core.confusion import accuracy, class_scores, macro_f1
from core.events import (
    Baseline,
    BaselinesMeasured,
    ClassesMeasured,
    Mistake,
    TextClassified,
)

TOPICS = [
    "compound statements", "containers", "debugger", "expressions", "lexical analysis",
    "names and imports", "simple statements", "special methods", "string formatting", "types",
]  # fmt: skip
"""The classes of the built-in topics, long names included."""

TEXTS = (
    "The while statement is used for repeated execution as long as an expression is true",
    "A list display yields a new list object, the contents being specified by its items",
    "If the exception is not handled, the interpreter prints a traceback [/] and exits",
    "Names refer to objects; they are introduced by name binding operations\x1b[2J",
)


def share_right(step: int) -> float:
    """Return the share of training texts that is classified right at a step."""
    return 0.88 - 0.75 * math.exp(-step / 150)


def confusion(step: int) -> list[list[int]]:
    """Return a matrix of ten classes whose neighbours are confused."""
    right = max(share_right(step) - 0.05, 0.0)
    rows = []
    for index in range(len(TOPICS)):
        texts = 40 + 17 * (index * 7 % 10)
        row = [0] * len(TOPICS)
        row[index] = round(texts * min(right * (1.15 - 0.05 * (index % 7)), 1.0))
        wrong = texts - row[index]
        for away, share in ((1, 0.5), (3, 0.3)):
            given = round(wrong * share)
            row[(index + away) % len(TOPICS)] += given
        row[(index + 6) % len(TOPICS)] += texts - sum(row)
        rows.append(row)
    return rows


def measured(step: int) -> ClassesMeasured:
    """Return how the classes fare at a step."""
    matrix = confusion(step)
    scores = class_scores(matrix)
    mistakes = [
        Mistake(text=TEXTS[n % len(TEXTS)], label=TOPICS[n % 10], predicted=TOPICS[(n + 3) % 10],
                probability=0.99 - 0.02 * n)
        for n in range(20)
    ]  # fmt: skip
    return ClassesMeasured(
        step=step, labels=TOPICS, confusion=matrix, mistakes=mistakes,
        precision=[score.precision for score in scores], recall=[score.recall for score in scores],
    )  # fmt: skip


def measured_accuracy(step: int) -> float:
    """Return the share of validation texts that is classified right at a step."""
    return accuracy(confusion(step))


def measured_f1(step: int) -> float:
    """Return the macro-F1 at a step."""
    return macro_f1(confusion(step))


def baselines() -> BaselinesMeasured:
    """Return what the simple methods reach."""
    return BaselinesMeasured(
        baselines=[
            Baseline(name="majority class", loss=2.3, accuracy=0.165, macro_f1=0.03),
            Baseline(name="bag of words", loss=1.2, accuracy=0.642, macro_f1=0.61),
        ]
    )


def answer(number: int, text: str, step: int) -> TextClassified:
    """Return what the model says of a text: the longer it is, the surer."""
    tokens = re.findall(r"\s*\S+", text)
    sure = min(0.5 + 0.05 * len(tokens), 0.95)
    rest = (1 - sure) / (len(TOPICS) - 1)
    probabilities = [rest] * len(TOPICS)
    probabilities[len(text) % len(TOPICS)] = sure
    weights = [((len(token) * 7 + n * 3) % 13 - 5) / 8 for n, token in enumerate(tokens)]
    return TextClassified(
        sample=number, step=step, text=text, labels=TOPICS, probabilities=probabilities,
        tokens=tokens, weights=weights, method="gradient × input",
    )  # fmt: skip
