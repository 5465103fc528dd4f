"""Sequence models over one recurrence interface."""

from core.models.language_model import LanguageModel
from core.models.recurrent_model import RecurrentModel
from core.models.simple import SimpleGRU, SimpleLSTM, SimpleRNN, build_model
from core.models.text_classifier import BiGRU, BiLSTM, BiRNN, TextClassifier, build_classifier

__all__ = [
    "BiGRU",
    "BiLSTM",
    "BiRNN",
    "LanguageModel",
    "RecurrentModel",
    "SimpleGRU",
    "SimpleLSTM",
    "SimpleRNN",
    "TextClassifier",
    "build_classifier",
    "build_model",
]
