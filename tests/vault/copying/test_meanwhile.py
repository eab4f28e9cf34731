"""What the walk saw when it listed a folder may be something else when it is copied."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import listing
from tests.vault.engine import copy_tree


def test_a_folder_that_becomes_more_than_that_is_copied_all_the_same(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list and the copy."""
    source = tmp_path / "source"
    for number in range(20):
        (source / f"{number:02}").mkdir(parents=True)
        (source / f"{number:02}" / "file").write_text(str(number))

    def then(folder: int) -> tuple[list[bytes], list[bytes], set[bytes]]:
        found = listing(folder)
        if b"08" in found[1]:
            for name in ("05", "06"):
                (source / name / "below" / "deep").mkdir(parents=True)
                (source / name / "below" / "deep" / "file").write_text(name)
            shutil.rmtree(source / "07")
            shutil.rmtree(source / "08")
            (source / "08").write_text("a file by now")
        return found

    monkeypatch.setattr("pryv_tui.vault.copying.walk.listing", then)
    copied = copy_tree(source, tmp_path / "copy")
    whole = subprocess.run(
        ["diff", "-r", source, tmp_path / "copy"], capture_output=True, text=True, check=False
    )
    assert whole.stdout.strip() == f"Only in {source}: 08", "which is noted, and nothing else"
    assert sorted(note.path for note in copied.notes) == ["07", "08"]


@pytest.mark.parametrize("before", [0, 9])
def test_a_copy_into_what_is_copied_is_refused(together: None, before: int) -> None:
    """Its place looks like a folder without folders, among others."""
    with tempfile.TemporaryDirectory() as root:
        for number in range(before):
            Path(root, f"a{number}").mkdir()
        for number in range(9):
            Path(root, f"z{number}").mkdir()
        with pytest.raises(PryvTuiError) as caught:
            copy_tree(Path(root), Path(root, "copy"))
    assert caught.value.name == "refused"
