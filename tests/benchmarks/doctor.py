"""How well the doctor judges: planted faults named, healthy runs left in peace, fixes that help.

    python tests/benchmarks/doctor.py [--seed 0] [--processes 2] [--only WORDS]

Each fault is trained for 200 steps, its fix is applied, and it is trained again with the same seed
and as many steps. Better is a lower best validation loss; unknown words are charged the choice
among the words that they stand for (Ueberla 1994), so that vocabularies compare. Where sampling is
at fault, samples of the same model are compared: by their share of repeated 4-grams, or by how far
their surprise is from the validation loss.
"""

import argparse
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec
import numpy as np
import subject  # noqa: F401 - says what is measured
from doctor_cases import BASE, FAULTS, HEALTHY, Case

from core.config import Config, make_config
from core.control import Sample
from core.decoding import Decoding
from core.doctor.samples import repeated_share, surprise
from core.events import Diagnosed, Event, TextSampled
from core.settings import Value, build, text_of
from core.text.base import UNKNOWN_INDEX
from core.text.corpora import BUILTIN_CORPORA
from core.text.corpus import Corpus, make_corpus
from core.text.labelled_corpora import BUILTIN_LABELLED
from core.text.labelled_corpus import make_labelled_corpus
from core.training.tasks import Data
from core.training.trainer import Trainer
from training_cases import Recorder, after_steps

USUAL_PART = 200_000
SAMPLE_AT = 120
"""The step at which a sample is asked for."""


class Trained(NamedTuple):
    """Hold what is left of a run."""

    trainer: Trainer
    events: list[Event]
    loss: float
    """Best validation loss, with unknown words charged; infinite where there is none."""


class Verdict(NamedTuple):
    """Say what became of a case."""

    case: Case
    found: list[Diagnosed]
    before: float
    after: float
    measure: str

    @property
    def named(self) -> Diagnosed | None:
        """The finding that names the fault."""
        return next((said for said in self.found if said.code in self.case.codes), None)


def data_of(case: Case, config: Config) -> Data:
    """Read what a case trains on."""
    if config.task == "classify":
        labelled = BUILTIN_LABELLED[config.corpus].texts()
        return make_labelled_corpus(config.corpus, labelled, config)
    text = BUILTIN_CORPORA[config.corpus].text()[: case.part or USUAL_PART]
    return make_corpus(config.corpus, text, config)


def train(case: Case, config: Config) -> Trained:
    """Train a case; ask for its sample on the way."""
    recorder = Recorder()
    data = data_of(case, config)
    trainer = recorder.trainer(config, data)
    decoding = case.decoding
    if decoding is not None:

        def ask(step: int) -> None:
            if step == SAMPLE_AT:
                recorder.control.sample(1, "", msgspec.structs.replace(decoding, max_length=150))

        after_steps(trainer, ask)
    ended = trainer.run()
    loss = math.inf if ended.best_val_loss is None else ended.best_val_loss
    return Trained(trainer, recorder.events, loss + _unknown_charge(data))


def _unknown_charge(data: Data) -> float:
    """Return the nats a validation token costs beyond the loss, since some are unknown."""
    if not isinstance(data, Corpus):
        return 0.0
    unknown = int(np.count_nonzero(data.val == UNKNOWN_INDEX))
    choices = 1 + int(np.count_nonzero(data.train == UNKNOWN_INDEX))
    return unknown / len(data.val) * math.log(choices)


def sample(trained: Trained, decoding: Decoding) -> TextSampled:
    """Draw a sample from a trained model."""
    live = trained.trainer.task.live_sample(Sample(9, "", decoding), 0)
    events: list[Event] = []
    while live.advance(1.0, events.append):
        pass
    fragments = [event for event in events if isinstance(event, TextSampled)]
    return msgspec.structs.replace(
        fragments[-1],
        tokens=[token for f in fragments for token in f.tokens],
        probabilities=[p for f in fragments for p in f.probabilities],
    )


def judge(case: Case, seed: int) -> Verdict:
    """Train a case, apply the fix of the finding that names its fault, and train it again."""
    config = make_config({**BASE, **case.changes, "seed": seed})
    trained = train(case, config)
    found = [event for event in trained.events if isinstance(event, Diagnosed)]
    verdict = Verdict(case, found, trained.loss, math.nan, "loss")
    named = verdict.named
    if named is None or not named.fix:
        return verdict
    if case.decoding is not None:
        return _judge_sampling(verdict, trained, case.decoding, named.fix, seed)
    mended = train(case, make_config(named.fix, base=config))
    return verdict._replace(after=mended.loss)


def _judge_sampling(
    verdict: Verdict, trained: Trained, faulty: Decoding, fix: dict[str, Value], seed: int
) -> Verdict:
    faulty = msgspec.structs.replace(faulty, seed=seed, max_length=300)
    both = [sample(trained, decoding) for decoding in (faulty, build(Decoding, fix, faulty))]
    if "hot" in verdict.case.codes[0]:
        off = [abs(surprise(drawn.probabilities) - trained.loss) for drawn in both]
        return verdict._replace(before=off[0], after=off[1], measure="surprise off by")
    shares = [repeated_share(drawn.tokens) for drawn in both]
    return verdict._replace(before=shares[0], after=shares[1], measure="repeated")


def line(verdict: Verdict) -> str:
    """Write a verdict as a row."""
    named, case = verdict.named, verdict.case
    others = [f"{s.code}@{s.step}" for s in verdict.found if s is not named]
    if not case.codes:
        return f"{case.name:38} {', '.join(others) or '-':60} loss {verdict.before:.3f}"
    fix = " ".join(f"{k}={text_of(v)}" for k, v in named.fix.items()) if named else ""
    told = f"{named.code}@{named.step}" if named else "NOT NAMED"
    better = "better" if verdict.after < verdict.before else "not better"
    change = (
        f"{verdict.measure} {verdict.before:.3f} -> {verdict.after:.3f} {better}" if fix else ""
    )
    return f"{case.name:38} {told:28} {fix:28} {change}  {', '.join(others)}"


def main() -> None:
    """Judge all cases and print the table and the three marks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    cases = [case for case in (*FAULTS, *HEALTHY) if args.only in case.name]
    verdicts = []
    with ProcessPoolExecutor(args.processes) as pool:
        for verdict in pool.map(partial(judge, seed=args.seed), cases):
            print(line(verdict), flush=True)
            verdicts.append(verdict)
    faulty = [verdict for verdict in verdicts if verdict.case.codes]
    healthy = [verdict for verdict in verdicts if not verdict.case.codes]
    print(f"named: {sum(v.named is not None for v in faulty)} of {len(faulty)}")
    print(f"fix helps: {sum(v.after < v.before for v in faulty)} of {len(faulty)}")
    print(f"healthy runs with an alarm: {sum(bool(v.found) for v in healthy)} of {len(healthy)}")


if __name__ == "__main__":
    main()
