"""Tokens that end what runs in a container, beside the operator's own."""

from __future__ import annotations

import time

from pryv_tui.hosts.engine import CancelToken


class AnyOf:
    """Set as soon as one of several is."""

    def __init__(self, *tokens: CancelToken | None) -> None:
        self._tokens = [token for token in tokens if token is not None]

    def is_set(self) -> bool:
        return any(token.is_set() for token in self._tokens)


class Deadline:
    """Set when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_set(self) -> bool:
        return time.monotonic() >= self._end
