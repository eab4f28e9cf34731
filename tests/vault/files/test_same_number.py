"""A number of an inode proves nothing by itself: it may have become another file's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pryv_tui.vault.files.hard_links import HardLinks
from tests.vault.copying.faulty import Hooks, run
from tests.vault.files.inode_numbers import scratch

__all__ = ["scratch"]


OLD_NS = 10**18


def status(**changed: int) -> os.stat_result:
    """Of a file with two names, as a file system might tell it."""
    told = {"mode": 0o100644, "ino": 7, "dev": 1, "nlink": 2, "uid": 0, "gid": 0, "size": 5}
    told |= {"mtime": OLD_NS, "ctime": OLD_NS} | changed
    seconds = [told[f"{name}time"] // 10**9 for name in ("m", "m", "c")]
    first = [told[name] for name in ("mode", "ino", "dev", "nlink", "uid", "gid", "size")]
    nanoseconds = [told["mtime"], told["mtime"], told["ctime"]]
    return os.stat_result(
        (*first, *seconds),
        {
            "st_atime_ns": nanoseconds[0],
            "st_mtime_ns": nanoseconds[1],
            "st_ctime_ns": nanoseconds[2],
        },
    )


@pytest.fixture
def links(tmp_path: Path) -> Iterator[HardLinks]:
    found = HardLinks(os.open(tmp_path, os.O_RDONLY))
    yield found
    found.close()


def test_a_file_that_did_not_change_since_is_known_by_its_other_name(links: HardLinks) -> None:
    links.remember(status(), b"first", b"digest")
    met = links.known(status())
    assert met is not None
    assert (met.path, met.digest, met.certain, met.other) == (b"first", b"digest", True, False)


@pytest.mark.parametrize(
    "changed",
    [
        {"ctime": OLD_NS + 1},
        {"size": 6},
        {"mtime": OLD_NS + 1},
        {"mode": 0o100600},
        {"mode": 0o120777},
        {"uid": 9},
    ],
)
def test_what_only_has_its_number_is_another(links: HardLinks, changed: dict[str, int]) -> None:
    """A later file, a link in its place, or the same one with another content."""
    links.remember(status(), b"first", b"digest")
    met = links.known(status(**changed))
    assert met is not None and met.other and not met.certain
    assert links.known(status(**changed)) is None, "it is forgotten"


def test_a_time_of_just_now_is_no_proof(links: HardLinks) -> None:
    """The new file may have been made within the same step of the file system's clock."""
    recent = 2 * 10**18
    links.remember(status(ctime=recent), b"first", b"digest")
    met = links.known(status(ctime=recent))
    assert met is not None and not met.certain and not met.other


def test_a_set_whose_files_other_sets_share_is_compared_by_hashes(links: HardLinks) -> None:
    """A backup that links to them, or a set that is removed, changes their time meanwhile."""
    links.hashed = True
    links.remember(status(), b"first", b"digest")
    met = links.known(status(ctime=OLD_NS + 5))
    assert met is not None and met.certain
    links.remember(status(mode=0o120777), b"link", b"goal")
    met = links.known(status(mode=0o120777))
    assert met is not None and met.certain, "old, so certain by its time"


def lose_both(first: Path, second: Path, new: tuple[Path, Path]) -> Callable[[Path], None]:
    """A file loses its two names, and a new one with two names gets its number, if it can."""

    def act(_path: Path) -> None:
        if not first.exists():
            return
        number = first.stat().st_ino
        first.unlink()
        second.unlink()
        tries = []
        for at in range(200):
            path = new[0].with_name(f"try{at}")
            path.write_text("new: another person's letter")
            if path.stat().st_ino == number:
                path.rename(new[0])
                break
            tries.append(path)
        else:
            tries.pop().rename(new[0])
        for path in tries:
            path.unlink(missing_ok=True)
        os.link(*new)

    return act


def test_a_new_file_with_the_number_of_one_that_is_gone(scratch: Path) -> None:
    root = scratch / "root"
    (root / "x").mkdir(parents=True)
    (root / "a").write_text("old: one person's own letter")
    os.link(root / "a", root / "x" / "z")
    (root / "b").write_text("in between")
    new = (root / "x" / "p", root / "x" / "q")
    run(root, Hooks(read={"root/b": lose_both(root / "a", root / "x" / "z", new)}))
    copy = scratch / "host" / "files"
    assert (copy / "a").read_text() == "old: one person's own letter"
    for name in ("p", "q"):
        assert (copy / "x" / name).read_text() == "new: another person's letter"


def test_a_link_whose_number_a_file_got(scratch: Path) -> None:
    """A symbolic link with two names is gone; a file with two names has its number."""
    root = scratch / "root"
    (root / "x").mkdir(parents=True)
    (root / "a").symlink_to("goal")
    os.link(root / "a", root / "x" / "z", follow_symlinks=False)
    (root / "b").write_text("in between")

    def act(_path: Path) -> None:
        if not (root / "a").is_symlink():
            return
        (root / "a").unlink()
        (root / "x" / "z").unlink()
        (root / "x" / "p").write_text("a letter")
        os.link(root / "x" / "p", root / "x" / "q")

    run(root, Hooks(read={"root/b": act}))
    copy = scratch / "host" / "files"
    assert (copy / "a").is_symlink()
    assert (copy / "x" / "p").read_text() == (copy / "x" / "q").read_text() == "a letter"
