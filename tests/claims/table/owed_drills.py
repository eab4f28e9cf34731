"""What nobody has seen noticed yet: drills."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {}
