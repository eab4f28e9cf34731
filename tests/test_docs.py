"""Docs that are made from the code are what the code makes."""

from __future__ import annotations

from tests.make_docs import DOCS, errors_page


def test_the_page_of_errors_is_current() -> None:
    assert (DOCS / "errors.md").read_text(encoding="utf-8") == errors_page()
