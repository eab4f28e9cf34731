"""What nobody has seen noticed yet: the screens."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {}
