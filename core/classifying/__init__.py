"""Classes out of a model: what it makes of a text, and why."""
