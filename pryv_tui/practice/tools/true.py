"""`true`: shows whether a program can be run at all."""

from __future__ import annotations

from pryv_tui.practice.tools.context import Context


def run(_: Context) -> int:
    return 0
