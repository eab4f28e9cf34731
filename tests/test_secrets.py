"""Passwords in names: what is searched, and what needs no search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.secrets import MASK, hidden, holds_secret, without

PARTS = st.sampled_from(
    [":", "/", "//", ",", "rclone", "password", "token", "key", "@", '"', " ", "?", "a", "é", "\n"]
)


@given(st.lists(PARTS, max_size=12).map("".join))
def test_a_line_that_is_not_searched_has_nothing_that_a_search_would_hide(text: str) -> None:
    """A sign beside it has it searched: that finds nothing either."""
    if "://" in text or "rclone:" in text:
        return
    assert hidden(text) == text and without(text) == text
    assert hidden(f"{text} =") == f"{text} ="
    assert without(f"=/{text}") == f"=/{text}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("sftp://me:word@host/at", f"sftp://me:{MASK}@host/at"),
        ("rclone:far,key=word:at", f"rclone:far,{MASK}"),
        ("rclone::s3,pass=word:at", f"rclone::{MASK}"),
        ("s3?token=word", f"s3?token={MASK}"),
    ],
)
def test_one_that_has_a_sign_is_searched(name: str, shown: str) -> None:
    assert holds_secret(name)
    assert without(name) == shown
    assert hidden(f"see {name} there") == f"see {shown} there"
