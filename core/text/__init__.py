"""Text in, token streams out: vocabularies, corpora and loaders.

The loaders need torch, which takes seconds to load, so they are imported when first asked for.
"""

from typing import TYPE_CHECKING

from core.text.vocabulary import CharacterVocabulary, WordVocabulary

if TYPE_CHECKING:
    from core.text.loaders import create_data_loaders

__all__ = ["CharacterVocabulary", "WordVocabulary", "create_data_loaders"]


def __getattr__(name: str) -> object:
    """Import the loaders on first use (PEP 562)."""
    if name == "create_data_loaders":
        from core.text.loaders import create_data_loaders

        return create_data_loaders
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
