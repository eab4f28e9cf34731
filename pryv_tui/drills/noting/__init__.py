"""Texts that people write into a drill's journal, and how they are cleaned."""
