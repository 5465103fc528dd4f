"""The doctor at work: each event in, and what it shows to be wrong, or right again, out."""

from core.doctor.findings import Finding, Rule
from core.doctor.observations import Observations
from core.doctor.rules import RULES, SAMPLES, START
from core.events import (
    Diagnosed,
    DiagnosisEnded,
    Emit,
    Event,
    RunStarted,
    SettingsChanged,
    TextSampled,
)

QUIET_STEPS = 200
"""Steps that what was found must have been gone for before it is over."""

Said = Diagnosed | DiagnosisEnded
"""What the doctor says."""


class Doctor:
    """Look at a run's events as they come; the same events always give the same findings.

    Of what explains each other only the cause is said, so that a symptom has one diagnosis at a
    time, and each diagnosis is taken back when it is over.
    """

    def __init__(self, rules: tuple[Rule, ...] = RULES) -> None:
        self.observations = Observations()
        self._rules = rules
        self._holding: dict[str, int] = {}
        """The last step at which a rule held, by its code, of those that are not over."""
        self._said: set[str] = set()
        """The codes of the diagnoses that stand."""

    def take(self, event: Event) -> list[Said]:
        """Take in the next event and return what begins with it, and what is over."""
        seen = self.observations
        seen.take(event)
        said: list[Said] = []
        if isinstance(event, RunStarted):
            self._holding.clear()
            self._said.clear()
        if isinstance(event, SettingsChanged):
            said += self._rearm()
        if seen.started is None or (isinstance(event, TextSampled) and not _is_asked_for(event)):
            return said
        for rule in self._rules:
            if isinstance(event, rule.at):
                said += self._judge(rule, rule.find(seen))
        return said

    def _judge(self, rule: Rule, finding: Finding | None) -> list[Said]:
        """Return what is to be said of a rule now."""
        code, step = rule.code, self.observations.step
        if finding is not None:
            self._holding[code] = step
        elif code in self._holding and (
            step - self._holding[code] > QUIET_STEPS or rule.at == SAMPLES
        ):
            del self._holding[code]
        if rule.explained_by & self._holding.keys() or code not in self._holding:
            return self._end(code)
        if finding is None or code in self._said:
            return []
        self._said.add(code)
        return [
            Diagnosed(
                step=step,
                code=code,
                message=finding.message,
                evidence=finding.evidence,
                fix=finding.fix,
            )
        ]

    def _end(self, code: str) -> list[Said]:
        if code not in self._said:
            return []
        self._said.remove(code)
        return [DiagnosisEnded(step=self.observations.step, code=code)]

    def _rearm(self) -> list[Said]:
        """End what was seen of settings that are no more; it is said again if it still holds."""
        if self.observations.settled != self.observations.step:
            return []
        of_steps = [rule.code for rule in self._rules if rule.at not in (START, SAMPLES)]
        for code in of_steps:
            self._holding.pop(code, None)
        return [said for code in of_steps for said in self._end(code)]


def _is_asked_for(sample: TextSampled) -> bool:
    """Tell whether a sample that was asked for is whole: one of training says nothing of it."""
    return sample.done and sample.origin == "console"


def watched(emit: Emit, doctor: Doctor | None = None) -> Emit:
    """Pass events on, each followed by what a doctor makes of it, where `doctor` is on."""
    doctor = doctor or Doctor()

    def emit_and_diagnose(event: Event) -> None:
        emit(event)
        found = doctor.take(event)
        if doctor.observations.config.doctor:
            for diagnosed in found:
                emit(diagnosed)

    return emit_and_diagnose
