"""What changes while several threads copy it is told as by one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.vault.files.content import ContentCopier
from pryv_tui.vault.files.copier import CHANGED, VANISHED
from pryv_tui.vault.files.types import CopyNote, Selection
from pryv_tui.vault.parallel.worker import Worker
from tests.vault.copying.faulty import Hooks
from tests.vault.engine import use, verify_sums
from tests.vault.parallel.by_several import copied, host, source

__all__ = ["source"]


# --- what happens to a file on its way -----------------------------------------------------------


@pytest.fixture
def meanwhile(
    together: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bytes, Callable[[], None]], None]:
    """Do something after the walk saw a file and before its batch is begun."""
    use(monkeypatch, native=False)

    def arrange(name: bytes, act: Callable[[], None]) -> None:
        batch = Worker._batch
        acts = [act]

        def after(self: Worker, groups: Any) -> Any:
            if any(file[1:] == name for one in groups for file in one.names):
                acts.pop()()
            return batch(self, groups)

        monkeypatch.setattr(Worker, "_batch", after)

    return arrange


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda path: None, VANISHED),
        (lambda path: path.symlink_to("/etc/passwd"), CHANGED),
        (os.mkfifo, CHANGED),
    ],
)
def test_a_file_that_is_not_there_any_more_is_a_note(
    tmp_path: Path,
    meanwhile: Callable[[bytes, Callable[[], None]], None],
    change: Callable[[Path], object],
    what: str,
) -> None:
    root = host(tmp_path, "root")
    for name in ("a", "b", "c"):
        (root / name).write_text(name)

    def act() -> None:
        (root / "b").unlink()
        change(root / "b")

    meanwhile(b"b", act)
    result = copied(root, host(tmp_path, "set"))
    assert result.notes == (CopyNote("b", what),)
    assert result.files == 2
    assert sorted(path.name for path in (tmp_path / "set" / "files").iterdir()) == ["a", "c"]


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("a.log", CopyNote("a.log", "changed while it was copied")),
        (
            "b",
            CopyNote(
                "b", "changed while it was copied, 3 times: the copy may mix its states", True
            ),
        ),
    ],
)
def test_a_file_that_changes_is_told_as_without_workers(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch, name: str, note: CopyNote
) -> None:
    use(monkeypatch, native=False)
    root = host(tmp_path, "root")
    (root / name).write_text("begin")
    (root / "other").write_text("x")
    content = ContentCopier.copy

    def grow(self: ContentCopier, *given: Any, **options: Any) -> bytes:
        digest = content(self, *given, **options)
        if options["path"] == os.fsencode(name):
            with (root / name).open("a") as file:
                file.write("more")
        return digest

    monkeypatch.setattr(ContentCopier, "copy", grow)
    result = copied(root, host(tmp_path, "set"), selection=Selection(may_change=("*.log",)))
    assert result.notes == (note,)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("swap", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd")])
def test_what_a_file_became_after_the_walk_saw_it_is_not_followed(
    source: Path,
    tmp_path: Path,
    meanwhile: Callable[[bytes, Callable[[], None]], None],
    swap: Callable[[Path], None],
    whole: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = host(tmp_path, "set")
    copied(source, folder, hooks=Hooks())
    path = folder / "files" / "many" / "file0005"

    def act() -> None:
        other = tmp_path / "other"
        swap(other)
        other.rename(path)

    use(monkeypatch, native=whole)
    meanwhile(b"many" if whole else b"file0005", act)
    found = verify_sums(folder)
    assert found.missing == ("many/file0005",), "it is no file any more"
    assert found.wrong_count + found.missing_count == 1
