"""Text in, token streams out: vocabularies, corpora and loaders."""
