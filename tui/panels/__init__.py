"""The six panels and the status line; each shows a state and posts intents."""
