"""Which task learns from which data."""

from typing import assert_never

import torch

from core.config import Config
from core.text.corpus import Corpus
from core.text.labelled_corpus import LabelledCorpus
from core.training.classification_task import ClassificationTask
from core.training.language_task import LanguageTask
from core.training.task import Task

Data = Corpus | LabelledCorpus
"""What a run can learn from."""


def make_task(config: Config, data: Data, device: torch.device) -> Task:
    """Make the task that learns from some data, with a fresh model drawn from torch's generator."""
    match data:
        case Corpus():
            return LanguageTask(config, data, device)
        case LabelledCorpus():
            return ClassificationTask(config, data, device)
        case _:
            assert_never(data)
