"""Which files of a set had further names: by its index alone where there are none."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.lists import index
from pryv_tui.vault.lists.index import IndexReader, names_with_others
from pryv_tui.vault.lists.sums import sums_line
from tests.helpers.examples import tries

PREFIX = b"files/"


def listed(folder: Path, marks: str, walks: int = 1) -> None:
    """Lists of so many files, each with a mark, in so many walks."""
    folder.mkdir(exist_ok=True)
    for name, content in zip(("SHA256SUMS", "INDEX"), _lists(marks, walks), strict=True):
        (folder / name).write_bytes(content)


@lru_cache(maxsize=4)
def _lists(marks: str, walks: int) -> tuple[bytes, bytes]:
    sums = [
        sums_line(sha256(b"%d" % at).digest(), PREFIX + b"%07d" % at) for at in range(len(marks))
    ]
    lines: list[bytes] = []
    for at, mark in enumerate(marks or "-"):
        if at % -(-max(1, len(marks)) // walks) == 0:
            lines.append(b"walk %d\n" % sum(map(len, sums[:at])))
        if marks:
            change = -at if at % 3 else 10**18 + at
            lines.append(b"%s %d %d %d %d %d\n" % (mark.encode(), 2**63, at, at, at, change))
    return b"".join(sums), b"".join(lines)


def by_reading(folder: Path) -> frozenset[bytes]:
    """The same, read along with all paths."""
    reader = IndexReader(folder, PREFIX)
    try:
        return frozenset(entry.path for entry in reader.all() if entry.several_names)
    finally:
        reader.close()


@pytest.mark.parametrize("number", range(max(20, tries(20))))
def test_it_is_what_the_lists_say(tmp_path: Path, number: int) -> None:
    """Any number of files, with few or many that had others, over several pieces of the list."""
    chance = Random(number)
    many = chance.choice([0, 1, 7, 300, 40_000])
    kinds = chance.choice(["s", "sx", "sx" * 2000 + "SX", "sxSX"])
    listed(tmp_path, "".join(chance.choices(kinds, k=many)), chance.choice([1, 2, 3]))
    found = names_with_others(tmp_path, PREFIX)
    assert found == by_reading(tmp_path)
    marks = (tmp_path / "INDEX").read_bytes().splitlines()
    assert len(found) == sum(line[:1].isupper() for line in marks)


def test_where_there_are_none_no_path_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(tmp_path, "sx" * 40_000)

    def read(*_given: Any) -> None:
        raise AssertionError("a path was read")

    monkeypatch.setattr(index, "parse_line", read)
    assert names_with_others(tmp_path, PREFIX) == frozenset()


@pytest.mark.parametrize(
    "line",
    [
        b"s 1 2 3 4\n", b"s 1 2 3 4 five\n", b"s 1 2 3 4 5 6\n", b"s  1 2 3 4 5\n\n", b"walk x\n",
        b"s 1 2 3 4 5", b"s\n", b"\n", b"s 1 2 3 4 " + b"9" * 5000 + b"\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", [1, 40_000])
def test_what_is_no_index_is_told_or_read_as_before(
    tmp_path: Path, line: bytes, after: int
) -> None:
    """Lines that nobody wrote so: behind the first ones, and far behind them."""
    listed(tmp_path, "s" * after + "S")
    lines = (tmp_path / "INDEX").read_bytes().splitlines(keepends=True)
    (tmp_path / "INDEX").write_bytes(b"".join([*lines[:-1], line]))
    try:
        wanted: frozenset[bytes] | str = by_reading(tmp_path)
    except PryvTuiError as error:
        wanted = error.what
    if isinstance(wanted, str):
        with pytest.raises(PryvTuiError) as told:
            names_with_others(tmp_path, PREFIX)
        assert told.value.what == wanted
    else:
        assert names_with_others(tmp_path, PREFIX) == wanted
