"""A look inside of a finished model, through the same windows as while it trained."""

import torch

from core.errors import InputError
from core.events import Event
from core.insight.microscope import MOST_TOKENS
from core.language import tr
from core.training.checkpoint import config_of
from core.training.held_out_look import HeldOutLook
from workspace.inference import OpenedLanguageModel, inspect_opened, text_for
from workspace.paths import Workspace
from workspace.run_texts import run_texts


def look_inside(
    workspace: Workspace, opened: OpenedLanguageModel, *, text: str, data_file: str, encoding: str
) -> list[Event]:
    """Look at gradients through time, at the gates, and at what units do in a text.

    Args:
        workspace: Where fetched corpora are.
        opened: The model.
        text: What units are compared with; empty for the beginning of the held-out text.
        data_file: Held-out text; empty for the run's own, or its training text if it has none.
        encoding: That of the file.

    Raises:
        InputError: The text is not there, cannot be read, or is too short to look through.
    """
    vocabulary = opened.vocabulary
    if data_file:
        val = vocabulary.text_to_indices(text_for(opened, data_file, encoding).text)
    else:
        val = run_texts(workspace, opened.header, vocabulary).corpus.looked_at
    if len(val) < 2:
        raise InputError(
            tr(
                "{data_file} has {count} tokens, and a look needs at least 2",
                data_file=data_file,
                count=len(val),
            )
        )
    look = HeldOutLook(val, config_of(opened.header))
    seen = look.events(opened.model, torch.device("cpu"), opened.header.progress.step)
    shown = text or vocabulary.indices_to_text(val[:MOST_TOKENS].tolist())
    return [*seen, inspect_opened(opened, shown)]
