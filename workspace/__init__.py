"""What outlives the process: runs, metrics, checkpoints and corpora."""
