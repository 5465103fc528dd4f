"""The program's version, known without reading any package metadata."""

VERSION = "0.1.0"
"""The release; a test compares it with `pyproject.toml`."""
