"""Text out of a model: decoding strategies and streaming."""
