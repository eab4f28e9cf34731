"""Folders, links and fifos of a set: listed so that coreutils can compare them, and compared."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.lists.tree import CHECK_TREE, write_tree
from pryv_tui.vault.verify import NAMED
from tests.helpers.examples import tries
from tests.vault import trees
from tests.vault.engine import copy_tree, verify_sums

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def copied(root: Path, host: Path) -> str:
    """Copy a tree into a host's part of a set; what its list hashes to."""
    host.mkdir()
    copy_tree(root, host / "files", sums=host / "SHA256SUMS")
    return write_tree(host)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A host's part of a set with folders, links and a fifo; and what its list has to hash to."""
    base = tmp_path_factory.mktemp("tree")
    root = base / "root"
    (root / "pryv/empty").mkdir(parents=True)
    (root / "pryv/other").mkdir()
    (root / "pryv/deep/er").mkdir(parents=True)
    (root / "pryv/deep/er/file").write_text("x")
    (root / "pryv/current").symlink_to("deep/er")
    (root / "pryv/a -> b").symlink_to("c")
    (root / "pryv/a").symlink_to("b -> c")
    (root / "pryv/one-name").symlink_to("deep/er")
    os.link(root / "pryv/one-name", root / "pryv/two-names", follow_symlinks=False)
    os.mkfifo(root / "pryv/fifo", 0o640)
    (root / "pryv/line\nname \udcff").mkdir()
    result = copied(root, base / "host")
    return base / "host", result


@pytest.fixture
def host(pristine: tuple[Path, str], tmp_path: Path) -> Path:
    target = tmp_path / "host"
    subprocess.run(["cp", "-a", pristine[0], target], check=True)
    return target


def by_hand(host: Path) -> bool:
    """What RESTORE.md tells an operator to do."""
    done = subprocess.run(["sh", "-c", CHECK_TREE], cwd=host, capture_output=True)
    assert (done.stdout == b"") == (done.returncode == 0), "what differs is shown"
    return done.returncode == 0


def test_a_sound_set_is_sound_for_us_and_by_hand(pristine: tuple[Path, str]) -> None:
    folder, digest = pristine
    result = verify_sums(folder, tree=digest)
    assert (result.sound, result.odd) == (True, ())
    assert by_hand(folder)
    summed = subprocess.run(["sha256sum", folder / "TREE"], capture_output=True, text=True)
    assert summed.stdout.split()[0] == digest


@settings(max_examples=tries(30), deadline=None)
@given(trees.trees())
def test_any_tree_is_listed_as_find_lists_it(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[bytes, Any]
) -> None:
    base = tmp_path_factory.mktemp("any")
    (base / "root").mkdir()
    trees.make(tree, os.fsencode(base / "root"))
    result = copied(base / "root", base / "host")
    assert by_hand(base / "host")
    assert verify_sums(base / "host", tree=result).sound


def relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def became_a_link(path: Path) -> None:
    path.rmdir()
    path.symlink_to("other")


CHANGES: dict[str, tuple[str, Callable[[Path], Any], str]] = {
    "an empty folder is lost": ("pryv/empty", Path.rmdir, "folder files/pryv/empty is missing"),
    "a folder with bytes in its name is lost": (
        "pryv/line\nname \udcff",
        Path.rmdir,
        "folder files/pryv/line\\x0aname \\xff is missing",
    ),
    "a link is lost": ("pryv/current", Path.unlink, "link files/pryv/current is missing"),
    "a link with two names loses one": (
        "pryv/two-names",
        Path.unlink,
        "link files/pryv/two-names is missing",
    ),
    "a fifo is lost": ("pryv/fifo", Path.unlink, "fifo files/pryv/fifo is missing"),
    "a link leads elsewhere": ("pryv/current", relink, "link files/pryv/current is not as"),
    "a link that looks like another": (
        "pryv/a -> b",
        Path.unlink,
        "link files/pryv/a -> b is missing",
    ),
    "a folder is now a link": ("pryv/empty", became_a_link, "files/pryv/empty is not as"),
    "a folder is planted": (
        "pryv/planted",
        Path.mkdir,
        "folder files/pryv/planted is not in the list TREE",
    ),
    "a link is planted": (
        "pryv/planted",
        lambda path: path.symlink_to("/etc"),
        "link files/pryv/planted is not in the list TREE",
    ),
    "a folder has another mode": (
        "pryv/other",
        lambda path: path.chmod(0o777),
        "folder files/pryv/other is not as it was copied: d 777",
    ),
    "the whole tree has another mode": (
        ".",
        lambda path: path.chmod(0o701),
        "folder files is not as it was copied: d 701",
    ),
    "a socket is planted": ("pryv/planted", trees.make_socket, "entry files/pryv/planted is not"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_lost_or_added_is_named(
    host: Path, pristine: tuple[Path, str], change: str
) -> None:
    name, do, words = CHANGES[change]
    do(host / "files" / name)
    result = verify_sums(host, tree=pristine[1])
    assert not result.sound
    assert (result.odd_count, result.wrong, result.missing, result.extra) == (1, (), (), ())
    assert words in result.odd[0]
    assert not by_hand(host)
    assert verify_sums(host).sound, "a set from before the list is checked as before"


@AS_ROOT
@pytest.mark.parametrize("name", ["pryv/other", "pryv/current", "pryv/fifo"])
def test_another_owner_is_named(host: Path, pristine: tuple[Path, str], name: str) -> None:
    os.chown(host / "files" / name, 4711, 4711, follow_symlinks=False)
    (words,) = verify_sums(host, tree=pristine[1]).odd
    assert "4711 4711" in words
    assert not by_hand(host)


@pytest.mark.parametrize("damage", ["lost", "cut", "flipped", "emptied"])
def test_a_damaged_list_is_damage(host: Path, pristine: tuple[Path, str], damage: str) -> None:
    path = host / "TREE"
    content = path.read_bytes()
    if damage == "lost":
        path.unlink()
    else:
        changed = {"cut": content[:-1], "flipped": b"x" + content[1:], "emptied": b""}[damage]
        path.write_bytes(changed)
    with pytest.raises(PryvTuiError, match="TREE") as caught:
        verify_sums(host, tree=pristine[1])
    assert caught.value.name == "set-damaged"


@pytest.mark.parametrize(
    "content", [b"d 755 0 0\0", b"\0", b"x\0", b"d 755 0 0 files", b"l 777 0 0 x a -> b\0"]
)
def test_a_hostile_list_is_damage(host: Path, content: bytes) -> None:
    (host / "TREE").write_bytes(content)
    with pytest.raises(PryvTuiError, match="is not a list") as caught:
        verify_sums(host, tree=hashlib.sha256(content).hexdigest())
    assert caught.value.name == "set-damaged"


def test_a_tree_that_is_gone_is_counted_whole(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for number in range(NAMED + 5):
        (root / f"{number:05}").mkdir(parents=True)
    result = copied(root, tmp_path / "host")
    for folder in (tmp_path / "host/files").iterdir():
        shutil.rmtree(folder)
    found = verify_sums(tmp_path / "host", tree=result)
    assert (len(found.odd), found.odd_count) == (NAMED, NAMED + 5)
