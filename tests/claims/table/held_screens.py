"""Sentences of the screens, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {}
