"""What nobody has seen noticed yet: commands and errors."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {}
