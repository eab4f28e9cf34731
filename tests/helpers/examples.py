"""How many random inputs a test tries.

They are other ones each time, so a change tries a third of them, and what it does not try the next
ones do. Where all tests run whosever turn it is (`PRYV_TUI_TURN=all`, `make all`) each tries all of
its own; `--hypothesis-profile=nightly` tries ten times as many, and `make nightly` does so. `make
check` tries the same third each time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.suite.turns import ALL, VARIABLE

WHOLE = 100
"""What hypothesis tries where a test says nothing."""
SHARE = 33
"""Of so many, what a change tries."""

# How long an input takes says nothing on a machine that has other work.
_PATIENT = settings(settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("usual", _PATIENT, max_examples=SHARE)
settings.register_profile("whole", _PATIENT, max_examples=WHOLE)
settings.register_profile("ci", _PATIENT, max_examples=SHARE, derandomize=True, database=None)
settings.register_profile("nightly", _PATIENT, max_examples=10 * WHOLE)
settings.load_profile("whole" if os.environ.get(VARIABLE) == ALL else "usual")


def tries(count: int) -> int:
    """How many inputs a test tries, by the profile in use, that tries `count` where all run."""
    assert settings.default is not None
    return -(-count * settings.default.max_examples // WHOLE)
