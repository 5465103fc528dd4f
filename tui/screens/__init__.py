"""The full screens: dashboard, help and dialogs."""
