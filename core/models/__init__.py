"""Sequence models over one recurrence interface."""
