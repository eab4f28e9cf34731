"""Every kind of damage to a set: Python alone and the C library say the same of it, to the word."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.parallel.worker import Worker
from pryv_tui.vault.verify import VerifyResult
from tests.vault.copying.faulty import Hooks, somebody_else
from tests.vault.descriptors import none_left_open
from tests.vault.engine import copy_tree, use, verify_sums

pytestmark = pytest.mark.usefixtures("together", "built")

DEEP = "/".join(f"d{number}" for number in range(45))
"""Deeper than one call of the library goes."""


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A set of users with attachments, a deep chain, a wide folder, links and odd names."""
    root = tmp_path / "root"
    for user in ("ann", "bob", "eve"):
        for event in range(3):
            _put(root / f"users/{user}/attachments/e{event}/file", f"{user} {event}" * 9)
        _put(root / f"users/{user}/account.sqlite", f"database of {user}" * 200)
    _put(root / DEEP / "file", "far below")
    _put(root / DEEP / "beside", "far below too")
    for number in range(150):
        _put(root / f"wide/f{number:03}", f"wide {number}")
    (root / "empty").mkdir()
    (root / "link").symlink_to("users/ann")
    (root / "users/bob/link").symlink_to("account.sqlite")
    os.mkfifo(root / "users/eve/fifo")
    _put(root / "odd" / "new\nline\\and\rmore", "odd")
    _put(root / "odd" / "z" / "plain", "plain")
    _put(root / "zz", "the last of all")
    folder = tmp_path / "part"
    folder.mkdir()
    sums, tree, index = folder / "SHA256SUMS", folder / "TREE", folder / "INDEX"
    digest = copy_tree(
        root, folder / "files", sums=sums, tree=tree, index=index, hooks=Hooks()
    ).tree
    (folder / "digest").write_text(digest)
    return folder


def _other(path: Path) -> int:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    return path.write_bytes(content)


def _instead(path: Path, made: Callable[[Path], Any]) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink()
    else:
        shutil.rmtree(path)
    made(path)


def _linked(to: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(to)


def _all_gone(files: Path) -> None:
    for one in ("d0", "empty", "odd", "users", "wide"):
        shutil.rmtree(files / one)


def _lines(part: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    sums = part / "SHA256SUMS"
    sums.write_bytes(b"".join(change(sums.read_bytes().splitlines(keepends=True))))


WHOLE: dict[str, Any] = {}
DAMAGES: dict[str, tuple[Callable[[Path, Path], Any], dict[str, Any]]] = {
    "nothing": (lambda _part, _files: None, WHOLE),
    "a byte": (
        lambda _, files: _other(files / "users/bob/attachments/e1/file"),
        {"wrong": ("users/bob/attachments/e1/file",)},
    ),
    "a byte far below": (
        lambda _, files: _other(files / DEEP / "file"),
        {"wrong": (f"{DEEP}/file",)},
    ),
    "a byte in a wide folder": (
        lambda _, files: _other(files / "wide/f149"),
        {"wrong": ("wide/f149",)},
    ),
    "a byte in a file with an odd name": (
        lambda _, files: _other(files / "odd/new\nline\\and\rmore"),
        {"wrong_count": 1},
    ),
    "two bytes": (
        lambda _, files: [_other(files / one) for one in ("zz", "wide/f000")],
        {"wrong": ("wide/f000", "zz")},
    ),
    "longer": (
        lambda _, files: os.truncate(files / "users/ann/account.sqlite", 10_000),
        {"wrong": ("users/ann/account.sqlite",)},
    ),
    "shorter": (lambda _, files: os.truncate(files / "zz", 1), {"wrong": ("zz",)}),
    "emptied": (lambda _, files: os.truncate(files / "zz", 0), {"wrong": ("zz",)}),
    "a file missing": (
        lambda _, files: (files / "users/eve/attachments/e0/file").unlink(),
        {"missing": ("users/eve/attachments/e0/file",)},
    ),
    "a file missing far below": (
        lambda _, files: (files / DEEP / "beside").unlink(),
        {"missing": (f"{DEEP}/beside",)},
    ),
    "the first file missing": (
        lambda _, files: (files / "zz").unlink(),
        {"missing": ("zz",)},
    ),
    "a folder missing": (
        lambda _, files: shutil.rmtree(files / "users/ann"),
        {"missing_count": 4, "odd_count": 5},
    ),
    "an empty folder missing": (lambda _, files: (files / "empty").rmdir(), {"odd_count": 1}),
    "a link missing": (
        lambda _, files: (files / "users/bob/link").unlink(),
        {"odd_count": 1, "changed_count": 1},
    ),
    "a fifo missing": (
        lambda _, files: (files / "users/eve/fifo").unlink(),
        {"odd_count": 1, "changed_count": 1},
    ),
    "a file too many": (
        lambda _, files: (files / "users/ann/planted").write_text("x" * 77),
        {"extra": ("users/ann/planted",), "strange": (b"users/ann/planted",)},
    ),
    "a file too many in an empty folder": (
        lambda _, files: (files / "empty/planted").write_text("x" * 77),
        {"extra": ("empty/planted",)},
    ),
    "a file too many far below": (
        lambda _, files: (files / DEEP / "planted").write_text("x" * 77),
        {"extra": (f"{DEEP}/planted",)},
    ),
    "a folder too many": (
        lambda _, files: (files / "users/ann/planted").mkdir(),
        {"odd_count": 1, "changed_count": 0, "strange": (b"users/ann/planted",)},
    ),
    "folders with files too many": (
        lambda _, files: _put(files / "users/planted/deep/er", "x" * 77),
        {"extra": ("users/planted/deep/er",), "strange": (b"users/planted",), "odd_count": 2},
    ),
    "a link too many": (
        lambda _, files: (files / "users/ann/attachments/e0/planted").symlink_to("/etc/passwd"),
        {"odd_count": 1, "strange": (b"users/ann/attachments/e0/planted",)},
    ),
    "a fifo too many": (
        lambda _, files: os.mkfifo(files / "wide/planted"),
        {"odd_count": 1, "strange": (b"wide/planted",)},
    ),
    "another mode of a folder": (
        lambda _, files: (files / "users/bob/attachments").chmod(0o700),
        {"odd_count": 1, "changed_count": 1},
    ),
    "another owner of a folder": (
        lambda _, files: os.chown(files / "users/bob/attachments/e2", 1234, 1234),
        {"odd_count": 1, "changed_count": 1},
    ),
    "another mode of the tree itself": (
        lambda _, files: files.chmod(0o701),
        {"odd_count": 1, "changed_count": 1},
    ),
    "another mode of a file": (lambda _, files: (files / "zz").chmod(0o600), WHOLE),
    "an attribute of a file": (
        lambda _, files: os.setxattr(files / "zz", "user.one", b"two"),
        WHOLE,
    ),
    "an attribute of a folder": (
        lambda _, files: os.setxattr(files / "users/ann", "user.one", b"two"),
        WHOLE,
    ),
    "a second name of a file": (
        lambda part, files: os.link(files / "zz", part / "zz"),
        WHOLE,
    ),
    "a file became a folder": (
        lambda _, files: _instead(files / "users/ann/account.sqlite", Path.mkdir),
        {"missing": ("users/ann/account.sqlite",), "odd_count": 1},
    ),
    "a file became a link": (
        lambda _, files: _instead(files / "users/ann/account.sqlite", _linked("/etc/passwd")),
        {"missing": ("users/ann/account.sqlite",), "odd_count": 1},
    ),
    "a file became a fifo": (
        lambda _, files: _instead(files / "wide/f100", os.mkfifo),
        {"missing": ("wide/f100",), "odd_count": 1},
    ),
    "a folder became a file": (
        lambda _, files: _instead(files / "users/ann/attachments", lambda p: p.write_text("x")),
        {"missing_count": 3, "extra": ("users/ann/attachments",), "changed_count": 4},
    ),
    "a folder became a link": (
        lambda _, files: _instead(files / "users/ann/attachments", _linked("../bob/attachments")),
        {"missing_count": 3, "changed_count": 4},
    ),
    "a link leads elsewhere": (
        lambda _, files: _instead(files / "users/bob/link", _linked("/etc/passwd")),
        {"odd_count": 1, "changed_count": 1},
    ),
    "a link became a file": (
        lambda _, files: _instead(files / "users/bob/link", lambda p: p.write_text("x")),
        {"extra": ("users/bob/link",), "changed_count": 1},
    ),
    "a file was moved": (
        lambda _, files: (files / "zz").rename(files / "users/aa"),
        {"missing": ("zz",), "extra": ("users/aa",)},
    ),
    "two files were exchanged": (
        lambda _, files: (
            (files / "wide/f001").rename(files / "wide/tmp"),
            (files / "wide/f002").rename(files / "wide/f001"),
            (files / "wide/tmp").rename(files / "wide/f002"),
        ),
        {"wrong": ("wide/f001", "wide/f002")},
    ),
    "a line is gone": (
        lambda part, _: _lines(part, lambda all_: [x for x in all_ if b"wide/f007" not in x]),
        {"extra": ("wide/f007",)},
    ),
    "lines are in another order": (lambda part, _: _lines(part, lambda all_: all_[::-1]), WHOLE),
    "a line is there twice": (
        lambda part, _: _lines(part, lambda all_: [*all_, all_[0]]),
        {"missing_count": 1},
    ),
    "a hash is another": (
        lambda part, _: _lines(
            part, lambda all_: [b"0" * 64 + x[64:] if b"wide/f007" in x else x for x in all_]
        ),
        {"wrong": ("wide/f007",)},
    ),
    "a line names what is nowhere": (
        lambda part, _: _lines(part, lambda all_: [all_[0][:66] + b"files/nowhere\n", *all_]),
        {"missing": ("nowhere",)},
    ),
    "nearly all of it": (
        lambda _, files: _all_gone(files),
        {"missing_count": 9 + 3 + 2 + 150 + 2},
    ),
}  # fmt: skip

WAYS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "by Python": {"native": False},
    "in small pieces": {"batch_entries": 3},
    "few bytes at once": {"batch_bytes": 100},
    "each by itself": {"batch_entries": 1, "batch_bytes": 1},
}


def told(part: Path, options: dict[str, Any], **engine: Any) -> VerifyResult:
    with pytest.MonkeyPatch.context() as patch:
        use(patch, **engine)
        with none_left_open():
            found = verify_sums(part, **options)
    # Which of two things is met first is no part of what is said.
    return msgspec.structs.replace(
        found, odd=tuple(sorted(found.odd)), changed=tuple(sorted(found.changed))
    )


@pytest.mark.parametrize("what", DAMAGES)
def test_c_and_python_say_the_same_of_it(part: Path, what: str) -> None:
    act, expected = DAMAGES[what]
    digest = (part / "digest").read_text()
    act(part, part / "files")
    for tree, number, parts in ((digest, 1, 1), (digest, 2, 3), ("", 1, 1)):
        options = {"tree": tree, "part": number, "parts": parts}
        alone = told(part, options, workers=0)
        for way, engine in WAYS.items():
            assert told(part, options, **engine) == alone, (way, parts)
        if parts == 1 and tree:
            for field, value in expected.items():
                assert getattr(alone, field) == value, field
            assert alone.sound == (expected is WHOLE)


def _refused(part: Path, **engine: Any) -> tuple[str, str]:
    with pytest.raises(PryvTuiError) as caught:
        told(part, {"tree": (part / "digest").read_text()}, **engine)
    return caught.value.name, caught.value.what


@pytest.mark.parametrize("list_", ["SHA256SUMS", "TREE"])
def test_c_and_python_refuse_the_same_lists(part: Path, list_: str) -> None:
    content = (part / list_).read_bytes()
    (part / list_).write_bytes(content[: len(content) // 2 + 5])
    alone = _refused(part, workers=0)
    assert alone[0] == "set-damaged"
    for engine in WAYS.values():
        assert _refused(part, **engine) == alone


@pytest.fixture
def reachable(part: Path) -> Iterator[Path]:
    """The set where another user can reach it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    subprocess.run(["cp", "-a", part, folder], check=True)
    subprocess.run(["chmod", "-R", "a+rX", folder / part.name], check=True)
    yield folder / part.name
    subprocess.run(["rm", "-rf", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("users/bob", 0),
        ("users/bob/attachments/e1/file", 0),
        ("wide/f010", 0),
        (DEEP, 0),
        # Which files it has may be seen, and nothing of these.
        ("users/bob/attachments/e1", 0o744),
        ("wide", 0o744),
    ],
)
def test_c_and_python_name_what_this_user_may_not_read(
    reachable: Path, path: str, mode: int
) -> None:
    """That says nothing of the set."""
    (reachable / "files" / path).chmod(mode)
    with somebody_else(1234):
        alone = _refused(reachable, workers=0)
        assert alone[0] == "rights"
        assert path in alone[1]
        for way, engine in WAYS.items():
            assert _refused(reachable, **engine) == alone, way


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_is_in_no_list_need_not_be_readable(reachable: Path) -> None:
    for planted in ("users/bob/planted", "wide/planted"):
        (reachable / "files" / planted).write_text("x" * 77)
        (reachable / "files" / planted).chmod(0)
    with somebody_else(1234):
        alone = told(reachable, {}, workers=0)
        assert alone.extra == ("users/bob/planted", "wide/planted")
        assert alone.whole
        for way, engine in WAYS.items():
            assert told(reachable, {}, **engine) == alone, way


@pytest.mark.parametrize("way", ["in small pieces", "few bytes at once", "each by itself"])
def test_a_folder_exchanged_for_a_link_meanwhile_is_not_followed(
    part: Path, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it leads all is as it should be; but it is not what lies in the set."""
    batch = Worker._batch
    begun: list[int] = []

    def then(worker: Worker, groups: Any) -> Any:
        begun.append(1)
        if len(begun) == 2:
            (part / "files/users").rename(tmp_path / "users")
            (part / "files/users").symlink_to(tmp_path / "users")
        return batch(worker, groups)

    monkeypatch.setattr(Worker, "_batch", then)
    try:
        found = told(part, {"tree": (part / "digest").read_text()}, **WAYS[way])
    except PryvTuiError as error:
        assert error.name == "unreadable"
        assert "users" in error.what
    else:
        assert found.changed_count >= 1
        assert "the folder files/users is missing" in "".join(found.changed) or found.missing_count
    assert len(begun) >= 2
