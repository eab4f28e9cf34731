"""Remedies of steps that failed and of what they need, and the tests that did them."""

_FAILED = "tests/remedies/test_failed_runs.py::"


def _by(*names: str, of: str = _FAILED) -> tuple[str, ...]:
    return tuple(of + name for name in names)


FAILED: dict[str, tuple[str, ...]] = {
    "Name a vault outside of it with --vault.": _by(
        "test_a_copy_that_would_hold_itself_goes_elsewhere"
    ),
}
"""As `performed.PERFORMED`."""
