"""The doctor at work: each event in, and what it shows to be wrong out, each thing said once."""

from core.doctor.findings import Rule
from core.doctor.observations import Observations
from core.doctor.rules import RULES
from core.events import Diagnosed, Emit, Event, RunStarted, SettingsChanged, TextSampled

QUIET_STEPS = 200
"""Steps that a finding must have been gone for before it is news again."""


class Doctor:
    """Look at a run's events as they come; the same events always give the same findings."""

    def __init__(self, rules: tuple[Rule, ...] = RULES) -> None:
        self.observations = Observations()
        self._rules = rules
        self._last_seen: dict[str, int] = {}
        """The last step at which a rule that has spoken still held, by its code."""

    def take(self, event: Event) -> list[Diagnosed]:
        """Take in the next event and return what it shows for the first time."""
        seen = self.observations
        seen.take(event)
        if isinstance(event, RunStarted):
            self._last_seen.clear()
        if isinstance(event, SettingsChanged):
            self._rearm()
        if seen.started is None or (isinstance(event, TextSampled) and event.origin == "training"):
            return []  # a sample of an evaluation says nothing of the one that was asked for
        held: set[str] = set(self._last_seen)
        said = []
        for rule in self._rules:
            if not isinstance(event, rule.at) or rule.explained_by & held:
                continue
            finding = rule.find(seen)
            if finding is None:
                continue
            held.add(rule.code)
            if self._is_news(rule.code):
                said.append(
                    Diagnosed(
                        step=seen.step,
                        code=rule.code,
                        message=finding.message,
                        evidence=finding.evidence,
                        fix=finding.fix,
                    )
                )
            self._last_seen[rule.code] = seen.step
        return said

    def _is_news(self, code: str) -> bool:
        last = self._last_seen.get(code)
        return last is None or self.observations.step - last > QUIET_STEPS

    def _rearm(self) -> None:
        """Let rules speak again where what was seen before is of settings that are no more."""
        if self.observations.settled == self.observations.step:
            self._last_seen.clear()


def watched(emit: Emit) -> Emit:
    """Pass events on, each followed by what the doctor makes of it, where `doctor` is on."""
    doctor = Doctor()

    def emit_and_diagnose(event: Event) -> None:
        emit(event)
        found = doctor.take(event)
        if doctor.observations.config.doctor:
            for diagnosed in found:
                emit(diagnosed)

    return emit_and_diagnose
