"""Parsers that do what none may do: a fuzzer that doesn't find them would find nothing."""

from __future__ import annotations

import time
from pathlib import Path

PLANTED = ("raises", "holds much memory", "takes its time")


def try_planted(name: str, content: bytes, _folder: Path) -> None:
    """Break a promise, as `name` says, at the first input of a byte or more."""
    if not content:
        return
    match name:
        case "raises":
            raise KeyError(content)
        case "holds much memory":
            held = bytearray(b"x") * (512 << 20)
            while held:
                time.sleep(1)
        case "takes its time":
            while True:
                time.sleep(1)
        case other:
            raise ValueError(other)
