"""What each sentence about all and nothing is held to, by the module that makes it.

A part of a sentence stands for it: enough of it that no other sentence of its module has that part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from tests.claims.collect import claims
from tests.claims.table import (
    held_commands,
    held_decided,
    held_drills,
    held_each,
    held_operations,
    held_results,
    held_screens,
    held_steps,
    no_claim_commands,
    no_claim_drills,
    no_claim_each,
    no_claim_operations,
    no_claim_results,
    no_claim_screens,
)
from tests.claims.table.decided import from_plans

Kept = TypeVar("Kept")
Tests = tuple[str, ...]


def _joined(*tables: Mapping[str, Mapping[str, Kept]]) -> dict[str, dict[str, Kept]]:
    found: dict[str, dict[str, Kept]] = {}
    for table in tables:
        for module, parts in table.items():
            found.setdefault(module, {}).update(parts)
    return found


HELD: dict[str, dict[str, Tests]] = _joined(
    held_commands.HELD,
    held_decided.HELD,
    held_drills.HELD,
    held_each.HELD,
    from_plans.HELD,
    held_operations.HELD,
    held_results.HELD,
    held_screens.HELD,
    held_steps.HELD,
)
"""The tests that fail where the sentence says something else: `tests/claims/garbled.py` saw it."""
NO_CLAIM: dict[str, dict[str, str]] = _joined(
    no_claim_commands.NO_CLAIM,
    no_claim_drills.NO_CLAIM,
    no_claim_each.NO_CLAIM,
    no_claim_operations.NO_CLAIM,
    no_claim_results.NO_CLAIM,
    no_claim_screens.NO_CLAIM,
)
"""What says nothing about how things are, and why."""


def sentences(module: str, part: str) -> Sequence[str]:
    """What a part stands for: one sentence, if the table is right."""
    texts = claims().get(module, ())
    return [part] if part in texts else [text for text in texts if part in text]


def tests_by_sentence() -> dict[tuple[str, str], Tests]:
    """By module and sentence, the tests that notice."""
    return {
        (module, text): tests
        for module, parts in HELD.items()
        for part, tests in parts.items()
        for text in sentences(module, part)
        if tests
    }
