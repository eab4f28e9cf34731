"""Whoever says in other words what went wrong keeps the file that it is about."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError, about_path, all_of
from pryv_tui.filesystem.paths import read_failed, telling_disk
from pryv_tui.formats.errors import FormatError
from pryv_tui.runs.worker.whose import with_account
from tests.helpers.parsed import searches, trees, walked

CAUSES = [
    PryvTuiError("step-failed", "a/b can't be read", path="a/b"),
    read_failed(b"a/b", OSError(13, "Permission denied")),
    FormatError(Path("a/b"), 7, "is cut off"),
    OSError(13, "Permission denied", "a/b"),
    OSError(13, "Permission denied", b"a/b"),
]


def reworded(cause: BaseException, times: int) -> PryvTuiError:
    try:
        for number in range(times):
            try:
                raise cause
            except Exception as error:
                cause = PryvTuiError("step-failed", f"words {number}")
                raise cause from error
    except PryvTuiError as error:
        if times > 1:
            return reworded(error, times - 1)
        return error
    raise AssertionError


@pytest.mark.parametrize("cause", CAUSES, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("times", [1, 3])
def test_the_path_stays(cause: BaseException, times: int) -> None:
    told = reworded(cause, times)
    assert told.path == "a/b"
    assert with_account(told, "anna") == told.what
    named = PryvTuiError("step-failed", f"the copy failed at {told.path}")
    named.__cause__ = told
    assert with_account(named, "anna") == "the copy failed at a/b (account anna)"


def test_one_of_its_own_stands_before_that_of_its_cause() -> None:
    try:
        raise PryvTuiError("step-failed", "x", path="own") from CAUSES[0]
    except PryvTuiError as error:
        assert error.path == "own"
    assert about_path(None) == about_path(OSError(5, "x")) == about_path(ValueError("x")) == ""
    assert about_path(OSError(5, "x", 7)) == ""  # an open file's number


def test_several_that_are_about_one_file_are_about_it() -> None:
    one, two = (PryvTuiError("step-failed", what, path="a/b") for what in ("x", "y"))
    assert all_of([one, two]).path == "a/b"
    assert all_of([one, PryvTuiError("step-failed", "z", path="c")]).path == ""


def test_a_disk_that_is_told_besides_takes_no_path_away(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError) as caught, telling_disk(tmp_path):
        raise PryvTuiError("disk-full", "a/b can't be written", path="a/b")
    assert caught.value.path == "a/b" and caught.value.what != "a/b can't be written"


def _named(handler: ast.ExceptHandler) -> str:
    return ast.unparse(handler.type) if handler.type is not None else ""


@searches
def test_every_step_that_says_it_in_other_words_says_from_what() -> None:
    """Without `from` the file that it is about would be lost: of a step that is added too."""
    lost, seen = [], 0
    for place, tree in trees().items():
        if "practice" in place.parts:
            continue  # the stand-in performs no step
        for handler in walked(tree):
            if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
                continue
            kinds = ("PryvTuiError", "FormatError", "OSError", "CopyFailed")
            if not any(kind in _named(handler) for kind in kinds):
                continue
            for node in ast.walk(handler):
                if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                    continue
                words = {one.id for one in ast.walk(node.exc) if isinstance(one, ast.Name)}
                if handler.name not in words:
                    continue  # it says nothing of that one
                seen += 1
                cause = node.cause
                if not (isinstance(cause, ast.Name) and cause.id == handler.name):
                    lost.append(f"{place}:{node.lineno}")
    assert seen > 50
    assert lost == []
