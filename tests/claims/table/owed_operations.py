"""What nobody has seen noticed yet: operations: plans, steps, checks and stores."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {}
