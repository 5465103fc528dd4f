"""What a user should know of labelled texts: how they are spread, cut and known; a line each."""

from collections.abc import Sequence

import numpy as np

from core.config import Config
from core.insight.duplicates import duplicate_texts
from core.language import tr
from core.text.excerpts import MOST_LISTED, excerpt, quoted
from core.text.vocabulary import UNKNOWN_INDEX, Ids, Vocabulary

MOST_TIMES = 3
"""The largest class may have this many times the texts of the smallest without a word of it."""


def class_notices(labels: Sequence[str], counts: Sequence[int], config: Config) -> list[str]:
    """Say how many texts each class has, and whether they are imbalanced.

    Args:
        labels: The classes.
        counts: Texts of each to train on, not all 0.
        config: `class_weights` is the way out of an imbalance.
    """
    pairs = list(zip(labels, counts, strict=True))
    shown = " · ".join(f"{excerpt(label)} {count:,}" for label, count in pairs[:MOST_LISTED])
    more = " · …" if len(pairs) > MOST_LISTED else ""
    notices = [
        tr("{count:,} classes: {shown}{more} texts", count=len(pairs), shown=shown, more=more)
    ]
    largest = max(pairs, key=lambda pair: pair[1])
    smallest = min(pairs, key=lambda pair: pair[1])
    if largest[1] > MOST_TIMES * smallest[1]:
        way_out = "" if config.class_weights else tr("; --class_weights evens it out")
        notices.append(
            tr(
                "the classes are imbalanced: {largest} has {most:.1%} of the texts, {smallest} "
                "{least:.1%}{way_out}",
                largest=quoted(largest[0]),
                most=largest[1] / sum(counts),
                smallest=quoted(smallest[0]),
                least=smallest[1] / sum(counts),
                way_out=way_out,
            )
        )
    return notices


def cut_notices(cut: int, texts: int, what: str, config: Config) -> list[str]:
    """Say how many texts were longer than is read.

    Args:
        cut: How many were.
        texts: Of how many.
        what: What texts these are.
        config: Holds `max_text_length`.
    """
    if not cut:
        return []
    return [
        tr(
            "{cut:,} of {texts:,} {what} texts ({share:.2%}) are cut to max_text_length "
            "{max_text_length:,} tokens",
            cut=cut,
            texts=texts,
            what=what,
            share=cut / texts,
            max_text_length=config.max_text_length,
        )
    ]


def unknown_notices(ids: Ids, what: str, vocabulary: Vocabulary) -> list[str]:
    """Say how many tokens the vocabulary lacks.

    Args:
        ids: The tokens.
        what: What tokens these are.
        vocabulary: What numbered them.
    """
    unknown = int(np.count_nonzero(ids == UNKNOWN_INDEX))
    if not unknown:
        return []
    return [
        tr(
            "{unknown:,} of {count:,} {what} tokens ({share:.2%}) are not among the {size:,} "
            "of the vocabulary and count as <unk>",
            unknown=unknown,
            count=len(ids),
            what=what,
            share=unknown / len(ids),
            size=len(vocabulary),
        )
    ]


def duplicate_notices(train: Sequence[str], val: Sequence[str]) -> list[str]:
    """Say how many validation texts are among the training texts too, if that is worth a word.

    Args:
        train: The training texts.
        val: The validation texts.
    """
    sentence = duplicate_texts(train, val).sentence
    return [sentence] if sentence else []
