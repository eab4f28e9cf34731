"""`SHA256SUMS` as coreutils write and read it."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.files.pieces import UNREAD
from pryv_tui.vault.lists.sums import ExpectedSums, SumsWriter, parse_line, prefix_of, sums_line

DIGEST = hashlib.sha256(b"").digest()
NAMES = [
    b"plain",
    b"new\nline",
    b"back\\slash",
    b"\\n",
    b"cr\r",
    b"\xff\xfe",
    b" blank ",
    b"*star",
    b"-",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_line_is_what_sha256sum_writes(tmp_path: Path, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(b"")
    real = subprocess.check_output(
        ["sha256sum", "--", name if name != b"-" else b"./-"], cwd=tmp_path
    )
    assert sums_line(DIGEST, name if name != b"-" else b"./-") == real


@given(st.binary(min_size=1), st.binary(min_size=32, max_size=32))
def test_a_line_comes_back(path: bytes, digest: bytes) -> None:
    line = sums_line(digest, path)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_line(line[:-1]) == (path, digest)


@pytest.mark.parametrize(
    "line", [b"", b"x", DIGEST.hex().encode(), b"\\" + DIGEST.hex().encode() + b"  a\\x"]
)
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        parse_line(line)


def test_the_prefix_is_relative_to_the_file(tmp_path: Path) -> None:
    assert prefix_of(tmp_path / "files", tmp_path / "SHA256SUMS") == b"files/"
    assert prefix_of(tmp_path, tmp_path / "SHA256SUMS") == b""
    with pytest.raises(ValueError):
        prefix_of(tmp_path.parent, tmp_path / "SHA256SUMS")


def written(tmp_path: Path, *paths: bytes) -> Path:
    sums = tmp_path / "SHA256SUMS"
    writer = SumsWriter(sums, b"files/")
    for path in paths:
        writer.add(path, hashlib.sha256(path).digest())
    writer.close()
    return sums


def test_digests_are_handed_out_in_any_order_once(tmp_path: Path) -> None:
    sums = written(tmp_path, b"a", b"b", b"c\n", b"d")
    expected = ExpectedSums(sums, b"files/")
    assert expected.take(b"c\n") == hashlib.sha256(b"c\n").digest()
    assert expected.take(b"a") == hashlib.sha256(b"a").digest()
    assert expected.take(b"a") is None
    assert expected.take(b"x") is None
    assert list(expected.left()) == [b"b", b"d"]
    expected.close()


def test_lines_that_are_not_wanted_are_not_left(tmp_path: Path) -> None:
    sums = written(tmp_path, b"a", b"b")
    expected = ExpectedSums(sums, b"files/", lambda path: path == b"a")
    assert list(expected.left()) == [b"a"]


def test_a_file_is_begun_anew_or_continued(tmp_path: Path) -> None:
    sums = written(tmp_path, b"a")
    writer = SumsWriter(sums, b"files/", append=True)
    writer.add(b"b", DIGEST)
    writer.close()
    assert len(sums.read_bytes().splitlines()) == 2
    assert written(tmp_path, b"c").read_bytes().count(b"\n") == 1
    assert sums.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "damage", [b"x\n", b"\n", DIGEST.hex().encode() + b"  files/cut", b"\xff" * 9]
)
def test_a_damaged_list_is_told_with_its_line(tmp_path: Path, damage: bytes) -> None:
    sums = written(tmp_path, b"a")
    with sums.open("ab") as file:
        file.write(damage)
    with pytest.raises(PryvTuiError, match="line 2") as caught:
        ExpectedSums(sums, b"files/").take(b"b")
    assert caught.value.name == "set-damaged"


@pytest.mark.parametrize("path", [b"/etc/passwd", b"other/a", b"../files/a"])
def test_a_list_must_not_lead_elsewhere(tmp_path: Path, path: bytes) -> None:
    sums = tmp_path / "SHA256SUMS"
    sums.write_bytes(sums_line(DIGEST, path))
    with pytest.raises(PryvTuiError, match="outside"):
        ExpectedSums(sums, b"files/").take(b"a")


def test_a_missing_list_is_damage(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError) as caught:
        ExpectedSums(tmp_path / "SHA256SUMS", b"files/")
    assert caught.value.name == "set-damaged"


@pytest.mark.parametrize("lead", [b"", b"one/", b"back\\slash/"])
@pytest.mark.parametrize("end", [b"", b"/in it"])
def test_a_hash_that_was_not_read_stands_in_its_place_alone(
    tmp_path: Path, lead: bytes, end: bytes
) -> None:
    """A file may be called as its content's hash is, and another as what was not read is told."""
    name = DIGEST.hex().encode()
    listed = sums_line(DIGEST, lead + name + end)
    (tmp_path / "SHA256SUMS").write_bytes(listed)

    def takes(lines: bytes) -> bool:
        sums = ExpectedSums(tmp_path / "SHA256SUMS", b"")
        try:
            return sums.take_lines(lines)
        finally:
            sums.close()

    at = listed.startswith(b"\\")
    assert takes(listed)
    assert takes(listed[:at] + UNREAD + listed[at + len(UNREAD) :])
    renamed = sums_line(DIGEST, lead + UNREAD + end)
    assert not takes(renamed)
    assert not takes(renamed[:at] + UNREAD + renamed[at + len(UNREAD) :])
