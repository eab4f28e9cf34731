"""Deciding by paths what of a tree is not like the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.vault.files.selection import FileRules

RULES = FileRules(("data/*.db",), (), ("dumps/mongodb", "dumps/mongodb2/now"))
PATHS = st.lists(st.sampled_from(["dumps", "mongodb", "mongodb2", "now", "x"]), max_size=3)


@given(folder=PATHS, name=st.sampled_from(["mongodb", "mongodb2", "now", "x"]))
def test_what_is_said_of_a_folder_holds_for_all_in_it(folder: list[str], name: str) -> None:
    lead = "".join(f"{part}/" for part in folder).encode()
    said = RULES.linkable_in(lead)
    of_one = RULES.linkable(lead + name.encode() + b"/file")
    assert said is None or said == of_one


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        (b"dumps/mongodb/", False),
        (b"dumps/mongodb/deep/", False),
        (b"dumps/", None),
        (b"dumps/mongodb2/", None),
        (b"", None),
        (b"x/", True),
        (b"dumps/mongodb3/", True),
    ],
)
def test_it_is_said_where_it_is_the_same_for_all(folder: bytes, said: bool | None) -> None:
    assert RULES.linkable_in(folder) is said
