"""The engine: text in, a trained model and events out."""
