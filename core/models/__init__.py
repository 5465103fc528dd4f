"""Sequence models over one recurrence interface."""

from core.models.language_model import LanguageModel
from core.models.simple import SimpleGRU, SimpleLSTM, SimpleRNN, build_model

__all__ = ["LanguageModel", "SimpleGRU", "SimpleLSTM", "SimpleRNN", "build_model"]
