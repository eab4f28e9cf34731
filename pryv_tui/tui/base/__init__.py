"""The bases of all screens and dialogs."""
