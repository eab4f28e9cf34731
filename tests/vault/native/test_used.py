"""A copy, its restore and its check use the C library, and refuse what they would without it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault import verify
from pryv_tui.vault.files.copier import FileCopier
from pryv_tui.vault.parallel import worker as copy_worker
from tests.vault.engine import at_once, copy_tree, use, verify_sums
from tests.vault.native.bench import ROOT, backup
from tests.vault.trees import seen

pytestmark = pytest.mark.usefixtures("built")


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use(monkeypatch, settled_ns=-(10**20), sync=at_once)
    root = tmp_path / "root"
    for number in range(40):
        (root / f"u{number}").mkdir(parents=True)
        (root / f"u{number}" / "file").write_text(f"{number}" * 50)
    return root


@pytest.mark.usefixtures("together")
def test_a_copy_and_its_restore_use_it(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what Python does instead is the same, to the byte of each list."""
    slowly: list[bytes] = []
    copy = FileCopier.copy

    def told(self: FileCopier, place: Any, **more: Any) -> Any:
        slowly.append(place.path)
        return copy(self, place, **more)

    monkeypatch.setattr(FileCopier, "copy", told)
    backup(many, tmp_path / "part")
    copy_tree(tmp_path / "part/files", tmp_path / "back", expected=tmp_path / "part/SHA256SUMS")
    assert slowly == []
    assert seen(tmp_path / "back") == seen(many)
    use(monkeypatch, native=False)
    backup(many, tmp_path / "again")
    assert len(slowly) == 40
    for name in ("SHA256SUMS", "INDEX", "TREE"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "part" / name).read_bytes()


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("how", ["differs", "is missing", "is not in the list"])
def test_a_restore_refuses_what_is_not_listed_so(many: Path, tmp_path: Path, how: str) -> None:
    part = tmp_path / "part"
    backup(many, part)
    wrong = part / "files" / "u5" / "file"
    if how == "differs":
        wrong.write_bytes(wrong.read_bytes().replace(b"5", b"6", 1))
    elif how == "is missing":
        wrong.unlink()
    else:
        (part / "files" / "u5" / "strange").write_text("x")
    with pytest.raises(PryvTuiError) as caught:
        copy_tree(part / "files", tmp_path / "back", expected=part / "SHA256SUMS")
    assert caught.value.name == "set-damaged"
    assert how in caught.value.what
    assert "u5/" in caught.value.what


@pytest.mark.usefixtures("together")
def test_a_check_uses_it(many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup(many, tmp_path / "part")
    for module in (verify, copy_worker):
        monkeypatch.setattr(module, "digest_of", None)
    assert verify_sums(tmp_path / "part").sound
    wrong = tmp_path / "part" / "files" / "u7" / "file"
    wrong.write_bytes(wrong.read_bytes()[::-1].replace(b"7", b"8", 1))
    found = verify_sums(tmp_path / "part")
    assert found.wrong_count == 1
    assert found.files == 40


@pytest.mark.skipif(not ROOT, reason="mounting needs root")
@pytest.mark.usefixtures("together")
def test_a_full_disk_is_told_as_such(many: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", small], check=True)
    try:
        with pytest.raises(PryvTuiError) as caught:
            backup(many, small / "part")
        assert caught.value.name == "disk-full"
    finally:
        subprocess.run(["umount", small], check=True)
