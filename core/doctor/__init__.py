"""The doctor: rules over a run's events that say what is wrong with it; no torch in here."""

from core.doctor.doctor import Doctor, watched

__all__ = ["Doctor", "watched"]
