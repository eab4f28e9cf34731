"""What did not change since a former set: `subtrees.c` links it, and nothing else."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pryv_tui.vault.files.linking import Proof
from tests.vault.native.bench import ROOT, Bench, bench
from tests.vault.trees import seen

__all__ = ["bench"]

pytestmark = pytest.mark.usefixtures("built")


@pytest.mark.parametrize("proof", list(Proof))
def test_what_did_not_change_is_linked(bench: Bench, proof: Proof) -> None:
    former = bench.kept()
    lines = bench.copy(former=former, proof=proof)
    assert lines is not None
    assert (lines.files, bench.run.size, bench.run.linked_files, bench.run.linked_size) == (
        3,
        90,
        3,
        90,
    )
    for name in ("a", "b", "c"):
        assert (bench.target / "leaf" / name).samefile(bench.former / "leaf" / name)
    assert former[0][1][0].hex().encode() in lines.of_sums


def changes() -> Iterator[tuple[str, Callable[[Bench], object]]]:
    """What makes `b`, or its former copy, another than it was; the same bytes in all cases."""
    yield "its time", lambda bench: os.utime(bench.leaf / "b", ns=(5, 7))
    yield "its status", lambda bench: _touched(bench.leaf / "b")
    yield "its mode", lambda bench: (bench.leaf / "b").chmod(0o640)
    yield "its copy's mode", lambda bench: (bench.former / "leaf" / "b").chmod(0o640)
    yield "its copy's time", lambda bench: os.utime(bench.former / "leaf" / "b", ns=(5, 7))
    yield "its copy's size", lambda bench: _longer(bench.former / "leaf" / "b")
    yield "its copy is gone", lambda bench: (bench.former / "leaf" / "b").unlink()
    yield "its copy is a link", lambda bench: _as_link(bench.former / "leaf" / "b")
    yield (
        "its copy's attribute",
        lambda bench: os.setxattr(bench.former / "leaf" / "b", "user.x", b"1"),
    )
    if ROOT:
        yield "its copy's owner", lambda bench: os.chown(bench.former / "leaf" / "b", 5, 5)


def _touched(path: Path) -> None:
    """All is as before but the time of the change."""
    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o777)
    path.chmod(mode)


def _longer(path: Path) -> None:
    times = path.stat()
    with path.open("a") as file:
        file.write("more")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _as_link(path: Path) -> None:
    path.rename(path.with_name("away"))
    path.symlink_to("away")


@pytest.mark.parametrize(("what", "change"), list(changes()), ids=lambda it: it if it else "")
def test_what_is_not_what_it_was_is_copied(
    bench: Bench, what: str, change: Callable[[Bench], object]
) -> None:
    former = bench.kept()
    change(bench)
    lines = bench.copy(former=former)
    assert lines is not None
    assert (lines.files, bench.run.linked_files) == (3, 2)
    there = seen(bench.target)
    assert there[b"leaf/b"] == seen(bench.source)[b"leaf/b"]
    assert (bench.target / "leaf" / "b").stat().st_nlink == 1


@pytest.mark.parametrize(
    ("which", "proof", "linked"),
    [
        ("former", Proof.TIMES, 3),
        ("former", Proof.PARENT_READ, 2),
        ("former", Proof.BOTH_READ, 2),
        ("source", Proof.TIMES, 3),
        ("source", Proof.PARENT_READ, 3),
        ("source", Proof.BOTH_READ, 2),
    ],
)
def test_bytes_that_differ_under_the_same_times_are_found_where_they_are_read(
    bench: Bench, which: str, proof: Proof, linked: int
) -> None:
    former = bench.kept()
    path = (bench.former if which == "former" else bench.source) / "leaf" / "b"
    times = path.stat()
    path.write_text("d" * 30)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    status = (bench.leaf / "b").stat()
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    former[1] = (b"b", (former[1][1][0], (*identity, status.st_ctime_ns)))
    lines = bench.copy(former=former, proof=proof)
    assert lines is not None
    assert bench.run.linked_files == linked
    if linked == 2:
        assert (bench.target / "leaf" / "b").read_text() == (bench.leaf / "b").read_text()
        digest = hashlib.sha256((bench.leaf / "b").read_bytes()).hexdigest()
        assert f"{digest}  files/leaf/b\n".encode() in lines.of_sums


def test_what_may_not_be_linked_is_copied(bench: Bench) -> None:
    lines = bench.copy(former=bench.kept(), linkable=False)
    assert lines is not None
    assert bench.run.linked_files == 0
    assert [line[:1] for line in lines.of_index.splitlines()] == [b"x"] * 3
