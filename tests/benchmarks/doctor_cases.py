"""Twenty faults as users make them, and twenty healthy runs, each of at most 200 steps."""

from typing import NamedTuple

from core.decoding import Decoding
from core.settings import Value

STEPS = 200

BASE: dict[str, Value] = {
    "hidden_size": 64,
    "num_layers": 1,
    "embedding_dim": 32,
    "batch_size": 16,
    "seq_length": 32,
    "dropout": 0.1,
    "learning_rate": 0.003,
    "warmup_steps": 20,
    "max_steps": STEPS,
    "epochs": 1000,
    "eval_every": 25,
    "sample_length": 100,
    "threads": 1,
}
"""What a small run begins from; a fault is what changes it for the worse."""

CLASSES: dict[str, Value] = {"task": "classify", "corpus": "python-modules", "vocab_type": "word"}


class Case(NamedTuple):
    """Describe a run."""

    name: str
    codes: tuple[str, ...]
    """What the doctor may call it; empty where it is to be silent."""
    changes: dict[str, Value]
    """Settings over the base."""
    part: int = 0
    """Characters of the corpus that are taken; 0 for 200,000, which keeps evaluations short."""
    decoding: Decoding | None = None
    """The sample that is asked for in mid-run, where sampling is at fault."""


HIGH, LOW = ("learning_rate_too_high",), ("learning_rate_too_low",)

FAULTS = (
    Case("lstm, learning rate 1", HIGH, {"learning_rate": 1.0}),
    Case("gru, learning rate 0.1", HIGH, {"model_type": "gru", "learning_rate": 0.1}),
    Case("rnn, words, learning rate 0.3", HIGH,
         {"model_type": "rnn", "vocab_type": "word", "learning_rate": 0.3}),
    Case("classifier, learning rate 1", HIGH, {**CLASSES, "learning_rate": 1.0}),
    Case("lstm, embedding rate 500", HIGH, {"embedding_rate": 500.0}),
    Case("lstm, learning rate 1e-6", LOW, {"learning_rate": 1e-6}),
    Case("gru, words, learning rate 5e-6", LOW,
         {"model_type": "gru", "vocab_type": "word", "learning_rate": 5e-6}),
    Case("rnn classifier, no clipping, rate 0.02", ("exploding_gradients",),
         {**CLASSES, "model_type": "rnn", "pooling": "last", "max_grad_norm": 0.0,
          "learning_rate": 0.02}),
    Case("lstm, clipped to 1e-6", ("clipping_every_step",), {"max_grad_norm": 1e-6}),
    Case("rnn of 16 layers", ("vanishing_gradients",), {"model_type": "rnn", "num_layers": 16}),
    Case("lstm, weight decay 1", ("dead_units", "weight_decay_too_high"), {"weight_decay": 1.0}),
    Case("lstm, dropout 0.9", ("dropout_too_high", "underfitting"), {"dropout": 0.9}),
    Case("lstm of 3 units", ("underfitting",), {"hidden_size": 3}),
    Case("lstm, teacher forcing 0", ("teacher_forcing_too_low",), {"teacher_forcing_ratio": 0.0}),
    Case("lstm of 256 units on 3,000 characters", ("too_little_data", "overfitting"),
         {"hidden_size": 256, "embedding_dim": 128, "num_layers": 2}, 3000),
    Case("gru, no dropout, 15,000 characters", ("overfitting", "too_little_data"),
         {"model_type": "gru", "hidden_size": 192, "dropout": 0.0, "learning_rate": 0.01}, 15_000),
    Case("lstm, sequences of 3 on brackets", ("sequence_too_short",),
         {"corpus": "brackets", "seq_length": 3}),
    Case("10,000 words on 2,000 words of text", ("vocabulary_too_large",),
         {"vocab_type": "word"}, 11_500),
    Case("sample at temperature 0.05", ("sampling_too_cold",), {"learning_rate": 0.01},
         decoding=Decoding(temperature=0.05)),
    Case("sample at temperature 3", ("sampling_too_hot",), {}, decoding=Decoding(temperature=3.0)),
)  # fmt: skip


def _healthy() -> tuple[Case, ...]:
    cases = []
    for cell in ("rnn", "lstm", "gru"):
        for level in ("char", "word"):
            for size, rate in ((32, 0.005), (96, 0.002)):
                name = f"{cell} {size}, {level}s"
                changes: dict[str, Value] = {
                    "model_type": cell, "vocab_type": level, "hidden_size": size,
                    "learning_rate": rate, "num_layers": 2 if level == "char" and size > 64 else 1,
                }  # fmt: skip
                cases.append(Case(name, (), changes))
    return (
        *cases,
        Case("lstm 64, python-source", (), {"corpus": "python-source", "seq_length": 64}),
        Case("gru 64, python-source, words", (),
             {"corpus": "python-source", "vocab_type": "word", "model_type": "gru"}),
        Case("gru 64, brackets", (),
             {"corpus": "brackets", "model_type": "gru", "seq_length": 64}),
        Case("rnn 64, delayed-copy", (),
             {"corpus": "delayed-copy", "model_type": "rnn", "seq_length": 64}),
        Case("lstm 64 tied, adamw, cosine", (),
             {"tie_weights": True, "embedding_dim": 64, "optimizer": "adamw",
              "weight_decay": 0.01, "schedule": "cosine"}),
        Case("lstm 64, the default rate and warm-up", (),
             {"learning_rate": 0.001, "warmup_steps": 100, "dropout": 0.3}),
        Case("bilstm 64, topics", (), {**CLASSES, "corpus": "python-topics", "dropout": 0.5}),
        Case("bigru 48, modules", (),
             {**CLASSES, "model_type": "gru", "hidden_size": 48, "dropout": 0.5}),
    )  # fmt: skip


HEALTHY = _healthy()
