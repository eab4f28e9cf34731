"""What a drill is asked for and can't be: each is refused by its name, with a way out, and neither
the platform nor the vault is another one after it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.drills.record.closing import close_drill
from pryv_tui.operations.drilling.spec import NotMade, specify
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.events import SandboxPlanned
from pryv_tui.vault.set_files import SET_JSON
from pryv_tui.vault.set_names import PARTIAL
from tests.journeys.drills import spoilt_sets as spoilt
from tests.journeys.drills.rehearsed import Rehearsed, end, rehearsed, untouched

__all__ = ["rehearsed", "untouched"]

BAD = "20250101T000000Z"


def tree(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def damaged(made: Path) -> None:
    place = made / SET_JSON
    place.write_bytes(place.read_bytes()[:100])


def partial(made: Path) -> None:
    made.rename(made.with_name(made.name + PARTIAL))


def of_another_domain(made: Path) -> None:
    spoilt._said(made, domain="other.example")


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (damaged, BAD),
        (partial, BAD),
        (of_another_domain, "other.example"),
        (None, BAD),
    ],
)
def test_a_set_that_can_not_be_drilled(
    rehearsed: Rehearsed, spoil: Callable[[Path], None] | None, names: str
) -> None:
    vault = open_site(rehearsed.settings).vault.folder
    there = [vault / BAD, vault / f"{BAD}{PARTIAL}"]
    if spoil is not None:
        spoil(spoilt.copied(vault / rehearsed.set, BAD))
    try:
        before = tree(vault)
        done = rehearsed.type("drill", "run", BAD)
        assert done.exit_code in (2, 4), done.output
        assert names in done.stderr and "pryv-tui" in done.stderr, done.output
        assert "restored in a sandbox" not in done.output
        assert tree(vault) == before
    finally:
        for one in there:
            shutil.rmtree(one, ignore_errors=True)


@pytest.mark.parametrize("depth", ["data", "services"])
def test_an_image_that_is_gone(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, depth: str
) -> None:
    gone = NotMade(service="redis", why="its image is not here", image="pryvio/redis:1.9.2")

    def without(*given: object, **more: object) -> object:
        found = specify(*given, **more)  # type: ignore[arg-type]
        return found._replace(not_made=(*found.not_made, gone))

    monkeypatch.setattr("pryv_tui.operations.plans.drill.specify", without)
    events = rehearsed.drill(monkeypatch, depth=depth)
    last = end(events)
    assert (last.outcome, last.exit) == ("refused", 4), last
    assert "image redis: its image is not here" in last.what
    assert any("docker pull pryvio/redis:1.9.2" in one for one in last.next)
    assert not [one for one in events if isinstance(one, SandboxPlanned)]
    record = close_drill(rehearsed.settings, last.run).record
    assert record.outcome == "refused" and record.not_made


def test_a_folder_that_is_too_small(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1))
    events = rehearsed.drill(monkeypatch, root=str(tmp_path))
    last = end(events)
    assert (last.outcome, last.exit) == ("refused", 4), last
    assert "space" in last.what and any("larger disk" in one for one in last.next), last
    assert not [one for one in events if isinstance(one, SandboxPlanned)]
    assert list(tmp_path.iterdir()) == []
