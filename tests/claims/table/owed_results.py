"""What nobody has seen noticed yet: incidents, runs, Pryv.io itself, practice and sets."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {}
