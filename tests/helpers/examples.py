"""How many random inputs a test tries.

Where each input is a tree that is made and copied several times, a few with every change are
enough: they are other ones each time. `--hypothesis-profile=nightly` tries ten times as many, and
`make nightly` does so.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

USUAL = 100
"""What hypothesis tries where a test says nothing."""

# How long an input takes says nothing on a machine that has other work.
settings.register_profile(
    "usual", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("usual")
settings.register_profile(
    "nightly",
    max_examples=10 * USUAL,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def tries(count: int) -> int:
    """How many inputs a test tries that tries `count` with each change, by the profile in use."""
    assert settings.default is not None
    return count * settings.default.max_examples // USUAL
