"""Every sentence of ours about all, nothing, whole, up and lost is held to a test; so is each of
those that tell how things are and say it of each one, of every one, of only these or of none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.claims.collect import OF_OTHERS, claims
from tests.claims.garbled import garbled, noticed
from tests.claims.quoting import Unknown, asserts, denies, named
from tests.claims.table import HELD, NO_CLAIM, sentences
from tests.helpers.parsed import PACKAGE, searches, trees
from tests.remedies.collect import commands, remedies

pytestmark = searches
HERE = "tests/claims/test_claims.py"


def _named(tables: Iterable[dict[str, dict[str, object]]]) -> list[tuple[str, str]]:
    """Each sentence that a table names, by its module, as often as it is named."""
    return [
        (module, text)
        for table in tables
        for module, parts in table.items()
        for part in parts
        for text in sentences(module, part)
    ]


def _advised() -> set[str]:
    """What tells somebody what to do: `tests/remedies` does it, from where it is printed."""
    return {*remedies(), *commands()}


def test_a_new_sentence_comes_with_a_test_that_makes_it_false() -> None:
    known = set(_named((HELD, NO_CLAIM)))  # type: ignore[arg-type]
    advised = _advised()
    new = [
        (module, text)
        for module, texts in claims().items()
        for text in texts
        if (module, text) not in known and not any(text in one for one in advised)
    ]
    assert new == [], "name the test that makes each false, and sees it not said, in table/"


def test_each_part_stands_for_one_sentence_and_each_sentence_is_named_once() -> None:
    tables: tuple[dict[str, dict[str, object]], ...] = (HELD, NO_CLAIM)  # type: ignore[assignment]
    wrong = [
        (module, part)
        for table in tables
        for module, parts in table.items()
        for part in parts
        if len(sentences(module, part)) != 1
    ]
    assert wrong == []
    every = _named(tables)
    assert sorted({one for one in every if every.count(one) > 1}) == []
    assert len(every) > 400, "nothing is found any more"


def test_what_is_left_out_is_there_and_the_rest_is_searched() -> None:
    modules = [path.relative_to(PACKAGE).as_posix() for path in trees()]
    assert [one for one in OF_OTHERS if not any(m.startswith(one) for m in modules)] == []
    searched = {module.partition("/")[0] for module in claims()}
    assert {"cli", "drills", "hosts", "incidents", "operations", "platform", "practice"} <= searched
    assert {"runs", "tui", "vault", "filesystem"} <= searched


def test_the_tests_that_are_named_are_run_and_assert_the_sentence() -> None:
    for module, parts in HELD.items():
        for part, tests in parts.items():
            (sentence,) = sentences(module, part)
            assert tests, (module, part)
            for test in tests:
                named(test)
            assert any(asserts(one, sentence) and denies(one) for one in tests), (sentence, tests)


def test_a_reason_is_given_for_what_claims_nothing() -> None:
    assert all(len(why.split()) > 1 for parts in NO_CLAIM.values() for why in parts.values())


# --- and can't be fooled --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "test",
    [
        "tests/claims/test_nowhere.py::test_x",
        "tests/claims/quoting.py::named",
        "tests/claims/test_claims.py",
        f"{HERE}::test_that_is_not_there",
        f"{HERE}::_advised",
        f"{HERE}::Test::test_a_reason_is_given_for_what_claims_nothing",
        # A function within a test is run by nobody.
        f"{HERE}::test_inner",
        "tests/operations/guards/test_linked_root.py::TestNone::test_x",
    ],
)
def test_what_is_no_test_can_not_be_named(test: str) -> None:
    with pytest.raises(Unknown):
        named(test)

    def test_inner() -> None:
        raise AssertionError


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Nothing was changed.", True),
        ("Nothing was removed.", False),
        ("… is …; nothing was changed", True),
        ("all of it is gone", False),
    ],
)
def test_a_test_that_asserts_something_else_is_none_of_a_sentence(
    sentence: str, said: bool
) -> None:
    test = "tests/claims/test_made_false.py::test_nothing_was_changed_is_not_said_after_a_change"
    assert asserts(test, sentence) is said
    assert denies(test)
    assert not asserts(f"{HERE}::test_what_is_no_test_can_not_be_named", sentence)


MODULE = '''
def told(gone):
    """Nothing was lost."""
    return f"nothing was lost but {gone}" if gone else "nothing was lost"
'''
SEES = """
from pryv_tui.m import told
def test_that_looks():
    assert told(0) == "nothing was lost" and "nothing was lost" != told(1)
def test_that_does_not():
    assert told(0)
"""


def test_a_test_that_does_not_notice_is_found_out(tmp_path: Path) -> None:
    """What a test says in its source is one thing: it is run where the sentence is another one."""
    (tmp_path / PACKAGE.name).mkdir()
    (tmp_path / "tests").mkdir()
    for at in (PACKAGE.name, "tests"):
        (tmp_path / at / "__init__.py").touch()
    place = tmp_path / PACKAGE.name / "m.py"
    place.write_text(MODULE)
    (tmp_path / "tests" / "test_m.py").write_text(SEES)
    both = ["tests/test_m.py::test_that_looks", "tests/test_m.py::test_that_does_not"]
    assert noticed(tmp_path, "m.py", "nothing was lost", both) == both[:1]
    assert place.read_text() == MODULE, "it says again what it said"
    inner = garbled("""f"gone{'' if some else '; nothing was lost'}" """, "; nothing was lost")
    assert "gone" in inner and "nothing was lost" not in inner
    spoilt = garbled(MODULE, "nothing was lost but …")
    assert "lost but" not in spoilt and "'nothing was lost'" in spoilt
    with pytest.raises(ValueError, match="never said"):
        garbled(MODULE, "never said")
