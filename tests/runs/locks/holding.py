"""A lock that is held, and a program that holds it: for the tests of locks."""

from __future__ import annotations

from pryv_tui.runs.lock import (
    Holder,
)

HOLDER = Holder(run="RUN", kind="backup", pid=1, since="2026-01-01T00:00:00.000Z")
