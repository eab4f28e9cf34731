"""What is done with one container, in words."""

from __future__ import annotations

from typing import Literal, get_args

Act = Literal["start", "stop", "restart"]
ACTS: tuple[Act, ...] = get_args(Act)


def act_words(kind: str) -> str:
    """What a run of a kind is called where it stands alone: a `stop` is no stop of a platform."""
    return f"{kind} of a container" if kind in ACTS else kind
