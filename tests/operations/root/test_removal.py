"""Nothing is removed for good with another disk mounted inside, under whichever name it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plan import Step
from pryv_tui.operations.root import removal
from pryv_tui.operations.root.aside import RELEASING
from pryv_tui.operations.steps.bringing_back.release_aside import ReleaseAside
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.vault.set_names import REMOVING
from tests.operations.kit import context


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("kind", ["set", "release"])
def test_a_mount_inside_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, begun: bool
) -> None:
    """Also where an earlier removal was stopped, and the folder has its other name."""
    step: Step
    if kind == "set":
        folder, suffix = tmp_path / "vault/SET", REMOVING
        step = RemoveSet(vault=str(folder.parent), set_id=folder.name)
    else:
        folder, suffix = tmp_path / "root/.pryv-tui/aside/RUN", RELEASING
        step = ReleaseAside(host="core", root=str(tmp_path / "root"), folder=str(folder))
    place = Path(f"{folder}{suffix}") if begun else folder
    kept = place / "disk" / "somebody's"
    kept.parent.mkdir(parents=True)
    kept.write_text("data")
    monkeypatch.setattr(
        removal, "mounts_below", lambda where: [kept.parent] if where == place else []
    )
    ctx, heard = context(tmp_path)
    with pytest.raises(PryvTuiError, match="would delete files on another disk") as caught:
        step.perform(ctx)
    assert caught.value.name == "refused"
    assert str(kept.parent) in caught.value.remedy
    assert kept.read_text() == "data"
    assert heard.owed == []
