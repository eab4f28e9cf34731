"""By what people decide each sentence about whole, nothing, all and up is held to a test that makes
it false and sees it not said: no reason excuses one that says how things are."""

from __future__ import annotations

import pytest

from tests.claims.collect import claims, is_total
from tests.claims.table import HELD, NO_CLAIM, sentences
from tests.claims.table.excuses import DECIDED_BY, EXCUSES
from tests.helpers.parsed import searches

pytestmark = searches


def decided_by() -> list[tuple[str, str]]:
    """Each such sentence, by its module."""
    return [
        (module, text)
        for module, texts in claims().items()
        if module.startswith(DECIDED_BY)
        for text in texts
        if is_total(text)
    ]


def excused() -> dict[tuple[str, str], str]:
    """Those that a table says to claim nothing, and why."""
    return {
        (module, text): why
        for module, parts in NO_CLAIM.items()
        for part, why in parts.items()
        for text in sentences(module, part)
    }


def test_none_is_passed_over_and_none_is_excused_that_says_how_things_are() -> None:
    held = {(module, text) for module, parts in HELD.items() for part in parts
            for text in sentences(module, part)}  # fmt: skip
    reasons = excused()
    assert len(decided_by()) > 200, "nothing is found any more"
    # That a sentence stands in a remedy, which is performed, does not make what it says true.
    passed = [one for one in decided_by() if one not in held and one not in reasons]
    assert sorted(passed) == [], "name the test in table/held_decided.py"
    wrong = [one for one in decided_by() if one in reasons and reasons[one] not in EXCUSES]
    assert sorted(wrong) == [], "it needs a test, not a reason"


@pytest.mark.parametrize(
    "said",
    [
        "it holds nothing",
        "all of it came back",
        "the set is whole",
        "core is up",
        "its files have none",
        "Nothing else was left half-done",
        "no account is stranded",
    ],
)
def test_a_sentence_of_that_kind_is_found(said: str) -> None:
    assert is_total(said)


def test_each_excuse_is_used() -> None:
    used = {why for parts in NO_CLAIM.values() for why in parts.values()}
    assert sorted(EXCUSES - used) == []
