"""Whether there is a terminal that the interface can be drawn on. Imports nothing of Textual."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def terminal_problem(environment: Mapping[str, str] | None = None) -> str | None:
    """Why the interface can't open here, in words; None where it can.

    Without this check escape codes would be drawn into a pipe, with exit code 0.
    """
    env = os.environ if environment is None else environment
    for name, stream in (
        ("input", sys.stdin),
        ("output", sys.stdout),
        # The screen is drawn on this one, so that a command's output can be piped beside it.
        ("error", sys.stderr),
    ):
        if stream is None or not stream.isatty():
            return f"the interface needs a terminal, and the standard {name} is none"
    term = env.get("TERM", "")
    if not term:
        return "the interface needs a terminal, and TERM does not say which this is"
    if term == "dumb":
        return "the interface needs a terminal that can move its cursor; TERM says dumb"
    return None
