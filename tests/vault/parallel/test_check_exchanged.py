"""A folder of a set that is exchanged for another one while it is read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.parallel.reader import Reader
from pryv_tui.vault.parallel.worker import Worker
from tests.vault.engine import copy_tree, use, verify_sums


@pytest.mark.parametrize("built_too", [True, False])
def test_a_folder_exchanged_between_two_pieces_of_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: None, built_too: bool
) -> None:
    """Half of each would be found whole, and neither is."""
    folder = tmp_path / "root" / "users"
    folder.mkdir(parents=True)
    for number in range(40):
        (folder / f"{number:02}").write_text("good")
    part = tmp_path / "set"
    part.mkdir()
    tree = copy_tree(
        tmp_path / "root", part / "files", sums=part / "SHA256SUMS", tree=part / "TREE"
    ).tree
    shutil.copytree(part / "files/users", tmp_path / "other")
    (part / "files/users/39").write_text("hurt")
    (tmp_path / "other/00").write_text("hurt")
    use(monkeypatch, native=built_too, workers=1, alone_files=-1, batch_entries=4, batch_bytes=16)
    batch = Worker._batch
    done: list[int] = []

    def then(worker: Worker, groups: Any) -> None:
        batch(worker, groups)
        done.extend(1 for group in groups if group.path == b"users")
        if len(done) == 1:
            (part / "files/users").rename(tmp_path / "was")
            (tmp_path / "other").rename(part / "files/users")
            done.append(0)

    monkeypatch.setattr(Worker, "_batch", then)
    with pytest.raises(PryvTuiError, match="another folder took its place") as caught:
        verify_sums(part, tree=tree)
    assert caught.value.name == "unreadable"
    assert "users" in caught.value.what


def test_a_folder_exchanged_before_a_link_in_it_is_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: None
) -> None:
    """The files were read of the one, and the link would be read of the other."""
    folder = tmp_path / "root" / "users"
    folder.mkdir(parents=True)
    for number in range(40):
        (folder / f"{number:02}").write_text("good")
    (folder / "zz").symlink_to("good")
    part = tmp_path / "set"
    part.mkdir()
    tree = copy_tree(
        tmp_path / "root", part / "files", sums=part / "SHA256SUMS", tree=part / "TREE"
    ).tree
    shutil.copytree(part / "files/users", tmp_path / "other", symlinks=True)
    use(monkeypatch, workers=1, alone_files=-1)
    below, done = Reader._below, list[bytes]()

    def then(reader: Reader, path: bytes, *given: Any) -> Any:
        if path == b"users" and not done:
            done.append(path)
            (part / "files/users").rename(tmp_path / "was")
            (tmp_path / "other").rename(part / "files/users")
        return below(reader, path, *given)

    monkeypatch.setattr(Reader, "_below", then)
    with pytest.raises(PryvTuiError, match="another folder took its place"):
        verify_sums(part, tree=tree)
    assert done
