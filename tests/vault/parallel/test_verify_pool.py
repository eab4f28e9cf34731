"""A set that several threads verify, or restore: what one finds, and an end to each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.parallel.worker import Worker
from tests.vault.copying.faulty import Hooks
from tests.vault.engine import copy_tree, verify_sums
from tests.vault.parallel.by_several import LARGE, Cancel, copied, host, large, source

__all__ = ["large", "source"]


@pytest.mark.parametrize("damage", ["flip", "missing", "extra"])
def test_damage_is_not_restored(source: Path, tmp_path: Path, together: None, damage: str) -> None:
    folder = host(tmp_path, "set")
    copied(source, folder)
    path = folder / "files" / "many" / "file0090"
    if damage == "flip":
        path.write_text("y" * 90)
    elif damage == "missing":
        path.unlink()
    else:
        path = path.with_name("file0090 planted")
        path.write_text("x")
    with pytest.raises(PryvTuiError, match=path.name) as caught:
        copy_tree(folder / "files", tmp_path / "back", expected=folder / "SHA256SUMS")
    assert caught.value.name == "set-damaged"


# --- verify ---------------------------------------------------------------------------------------


def test_workers_verify_what_one_does(source: Path, tmp_path: Path, workers: list[Worker]) -> None:
    folder = host(tmp_path, "set")
    result = copied(source, folder, hooks=Hooks())
    sound = verify_sums(folder)
    assert sound.sound
    assert (sound.files, sound.bytes) == (result.files, result.bytes + len("content 0"))
    assert workers
    many = folder / "files" / "many"
    (many / "file0009").write_text("y" * 9)
    (many / "file0010").unlink()
    (many / "planted").touch()
    found = verify_sums(folder)
    assert found.wrong == ("many/file0009",)
    assert found.missing == ("many/file0010",)
    assert found.extra == ("many/planted",)
    assert found.files == sound.files - 1


def test_a_cancelled_verify_ends_its_workers(
    large: Path, tmp_path: Path, workers: list[Worker]
) -> None:
    folder = host(tmp_path, "set")
    large.rename(folder / "files")
    digest = "0" * 64
    (folder / "SHA256SUMS").write_text(f"{digest}  files/a\n{digest}  files/b\n")
    cancel = Cancel()
    with pytest.raises(Cancelled):
        verify_sums(folder, progress=cancel, cancel=cancel)
    assert 0 < cancel.told[-1].bytes < LARGE
    assert workers
