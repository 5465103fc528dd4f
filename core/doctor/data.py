"""What the sizes alone show before the first step: data, vocabulary and memory."""

import math

from core.doctor.findings import Finding
from core.doctor.memory import fitting, fitting_together, sizes_of, step_bytes
from core.doctor.observations import Observations
from core.language import joined, tr
from core.settings import Value

LEAST_TOKENS = {"char": 20_000, "word": 5_000}
"""Tokens of training text below which a model learns it by heart rather than its language."""
LEAST_TEXTS = 20
"""Labelled texts of a class below which its words are luck."""
LEAST_USES = 6.0
"""Times that a token should occur on average, so that something can be learned of it."""
FILLED = 0.9
"""Share of the free memory that a step may take."""


def too_little_data(seen: Observations) -> Finding | None:
    """Find a text, or classes, too small for the model, at the start of a run."""
    run, config = seen.run, seen.config
    if seen.is_language:
        amount = _tokens_text(run.train_tokens, config.vocab_type)
        is_little = run.train_tokens < LEAST_TOKENS[config.vocab_type]
    else:
        amount = tr(
            "{texts:,} texts of {classes} classes to train on",
            texts=run.train_texts,
            classes=len(run.labels),
        )
        is_little = run.train_texts < LEAST_TEXTS * len(run.labels)
    if not is_little or run.parameters < 10 * run.train_tokens:
        return None
    # A layer of H units on E inputs has some 4H(H + E) weights: about one a token, E being H.
    width = max(64, min(config.hidden_size // 2, round(math.sqrt(run.train_tokens / 8) / 16) * 16))
    fix: dict[str, Value] = {}
    if width < config.hidden_size:
        fix["hidden_size"] = width
    if config.num_layers > 1:
        fix["num_layers"] = 1
    if config.dropout < 0.3:
        fix["dropout"] = 0.3
    return Finding(
        tr(
            "There is too little data for this model: it will learn the text by heart. More "
            "text helps most; else a smaller model in a new run."
        ),
        joined([amount, tr("{weights:,} weights", weights=run.parameters)]),
        fix,
    )


def _tokens_text(tokens: int, vocab_type: str) -> str:
    if vocab_type == "word":
        return tr("{tokens:,} words to train on", tokens=tokens)
    return tr("{tokens:,} chars to train on", tokens=tokens)


def vocabulary_too_large(seen: Observations) -> Finding | None:
    """Find a vocabulary most of whose words are too rare to be learned."""
    run, config = seen.run, seen.config
    uses = run.train_tokens / max(1, run.vocab_size)
    if config.vocab_type != "word" or run.vocab_size < 200 or uses >= LEAST_USES:
        return None
    return Finding(
        tr(
            "The vocabulary is too large for the text: most words occur too seldom to be "
            "learned. Keep fewer in a new run; the rest become <unk>. Characters need no such "
            "choice."
        ),
        tr(
            "{vocab_size:,} words, each occurs {uses:.1f} times on average",
            vocab_size=run.vocab_size,
            uses=uses,
        ),
        {"max_vocab_size": max(100, run.train_tokens // 8)},
    )


def memory_runs_out(seen: Observations) -> Finding | None:
    """Find a step that takes more memory than is free, before it is taken."""
    run, config = seen.run, seen.config
    if run.free_bytes is None:
        return None
    sizes, budget = sizes_of(run, config), FILLED * run.free_bytes
    need = step_bytes(run, config, sizes)
    if need <= budget:
        return None
    length = "seq_length" if seen.is_language else "max_text_length"
    fits = fitting(run, config, sizes, budget)
    names = {"batch_size": "batch_size", "length": length, "hidden_size": "hidden_size"}
    fix: dict[str, Value] = {names[name]: size for name, size in fits.items()}
    return Finding(
        _memory_text(fix),
        tr(
            "about {needed_gb:.1f} GB needed, {free_gb:.1f} GB free, at batch_size "
            "{batch_size}, {length} {tokens}, hidden_size {hidden_size}",
            needed_gb=need / 1e9,
            free_gb=run.free_bytes / 1e9,
            batch_size=sizes.batch_size,
            length=length,
            tokens=sizes.length,
            hidden_size=sizes.hidden_size,
        ),
        dict(list(fix.items())[:1]) or {**fitting_together(run, config, sizes, budget)},
    )


def _memory_text(fits: dict[str, Value]) -> str:
    if not fits:
        return tr(
            "Memory is about to run out: a step takes more than there is. A far smaller model fits."
        )
    return tr(
        "Memory is about to run out: a step takes more than there is. {way_out} fits, in a new "
        "run.",
        way_out=tr(" or ").join(f"{name} {size}" for name, size in fits.items()),
    )
