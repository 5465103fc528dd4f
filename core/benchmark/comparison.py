"""Our trainer beside the plain loop at one configuration, and beside what the machine can do."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from core.benchmark.interleaved import Figure, measure
from core.benchmark.rival import PRODUCT, SPIN_COUNT, Rival
from core.config import Config, make_config
from core.settings import Value
from core.text.corpora import BUILTIN_CORPORA

GATES = {"rnn": 1, "lstm": 4, "gru": 3}

CONTENDERS: dict[str, tuple[Mapping[str, Value], Mapping[str, str | None]]] = {
    "plain": ({}, {SPIN_COUNT: None}),
    "fp32": ({}, {}),
    "bf16": ({"precision": "bf16"}, {}),
    "torch": ({}, {"RNNSTUDIO_KERNELS": "torch"}),
}
"""Who trains, by name: settings and environment of its own. `plain` runs as Python starts it,
`torch` is ours without the compiled part."""


@dataclass(frozen=True)
class Comparison:
    """Hold what was measured at one configuration."""

    rates: dict[str, Figure]
    """Tokens a second of each contender, in their order."""
    ceiling: float
    """Floating-point operations a second of a large fp32 product."""
    operations: float
    """Floating-point operations of the products for a token, forward and backward."""

    def ratio(self, name: str) -> float:
        """Return how many times as fast as the plain loop one is, the middle of all rounds."""
        return self.rates[name].ratio(self.rates["plain"])

    def share(self, name: str) -> float:
        """Return what share of the ceiling one reaches."""
        return self.rates[name].median * self.operations / self.ceiling


def compare(
    settings: Mapping[str, Value],
    names: Iterable[str],
    *,
    rounds: int,
    seconds: float,
    ours: Mapping[str, str | None],
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Comparison:
    """Measure contenders and a large product in turn.

    Args:
        settings: Of the runs.
        names: Of `CONTENDERS`.
        rounds: Turns of each that count.
        seconds: How long a turn takes.
        ours: The environment of our own, beside what its name says.
        tell: Takes how many turns are over, of how many.

    Raises:
        BenchmarkError: One has ended before its turn.
    """
    config = make_config(settings)
    tokens = config.batch_size * config.seq_length
    with ExitStack() as stack:
        takes = {}
        for name in (*names, "product"):
            own, environment = CONTENDERS.get(name, ({}, {}))
            mine = {} if name == "plain" else ours
            rival = Rival(
                name, {**settings, **own}, seconds=seconds, environment={**mine, **environment}
            )
            stack.callback(rival.end)
            takes[name] = rival.rate
        figures = {figure.name: figure for figure in measure(takes, rounds=rounds, tell=tell)}
    product = figures.pop("product")
    rates = {
        name: Figure(name, [tokens * value for value in figure.values])
        for name, figure in figures.items()
    }
    return Comparison(rates, product.median * 2.0 * PRODUCT**3, _operations(config))


def _operations(config: Config) -> float:
    """Return the operations of the products for a token, forward and backward."""
    # Imported here, since it needs numpy.
    from core.text.corpus import make_corpus

    text = BUILTIN_CORPORA[config.corpus].text()
    output = config.hidden_size * len(make_corpus("", text, config).vocabulary)
    widths = [config.embedding_dim, *[config.hidden_size] * (config.num_layers - 1)]
    gates = GATES[config.model_type] * config.hidden_size
    recurrent = sum(gates * (width + config.hidden_size) for width in widths)
    return 3 * 2.0 * (recurrent + output)
