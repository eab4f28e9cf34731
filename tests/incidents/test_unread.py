"""An incident that can't be read whole may name any set: which of them no rule takes then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.acts import close, declare, sets_named
from pryv_tui.incidents.events import Lost, Opened
from pryv_tui.incidents.files import (
    append,
    create,
    incidents_folder,
    locked,
    unread_incidents,
)
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.settings.resolve import Settings
from tests.damage.kinds import DAMAGE
from tests.incidents.test_files import settings_of

SET = "20260101T000000Z"


def named(settings: Settings) -> Incident:
    """A closed incident that names a set."""
    made = declare(settings, text="core is gone").incident
    with locked(Path(settings.state)):
        append(Path(settings.state), made.id, [Lost(role="core", set=SET)])
    close(settings)
    return made


def known(state: Path, incident: str) -> bool:
    """Whether the set is kept: named, or by an incident that may name any."""
    found = sets_named(state)
    return incident in found.by.get(SET, ()) or incident in found.unread


@pytest.mark.parametrize("damage", sorted(DAMAGE))
def test_whatever_happened_to_it_what_it_named_is_kept(tmp_path: Path, damage: str) -> None:
    settings = settings_of(tmp_path)
    made = named(settings)
    assert unread_incidents(tmp_path / "state") == {}
    DAMAGE[damage](Path(made.folder) / "journal.jsonl")
    assert known(tmp_path / "state", made.id)


def _link(folder: Path) -> None:
    folder.rename(folder.parent.parent / "elsewhere")
    folder.symlink_to(folder.parent.parent / "elsewhere")


def _file(folder: Path) -> None:
    folder.rename(folder.parent.parent / "elsewhere")
    folder.write_text("")


def _gone(folder: Path) -> None:
    (folder / "journal.jsonl").unlink()


def _torn(folder: Path) -> None:
    content = (folder / "journal.jsonl").read_bytes()
    (folder / "journal.jsonl").write_bytes(content[:-5])


def _later_kind(folder: Path) -> None:
    with (folder / "journal.jsonl").open("a") as file:
        file.write(json.dumps({"event": "set_named", "v": 1, "set": SET}) + "\n")


def _later_version(folder: Path) -> None:
    content = (folder / "journal.jsonl").read_text()
    (folder / "journal.jsonl").write_text(content.replace('"v":1', '"v":2'))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_link, "a link is in its place"),
        (_file, "a file is in its place"),
        (_gone, "it has no journal.jsonl"),
        (_torn, "journal.jsonl ends in the middle of a line"),
        (_later_kind, "1 line of journal.jsonl was written by a later version"),
        (_later_version, "lines of journal.jsonl were written by a later version"),
    ],
)
def test_nor_where_something_else_lies_there(
    tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    settings = settings_of(tmp_path)
    made = named(settings)
    change(Path(made.folder))
    assert said in unread_incidents(tmp_path / "state")[made.id]
    assert known(tmp_path / "state", made.id)


def test_a_link_to_nothing_in_the_folders_place_is_not_none(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    named(settings)
    home = incidents_folder(tmp_path / "state")
    home.rename(tmp_path / "elsewhere")
    home.symlink_to(tmp_path / "away")
    with pytest.raises(PryvTuiError, match="can't be read"):
        sets_named(tmp_path / "state")


def test_one_that_could_not_be_begun_leaves_nothing_that_keeps_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"

    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    with locked(state), monkeypatch.context() as patch:
        patch.setattr("pryv_tui.incidents.files.os.write", full)
        with pytest.raises(PryvTuiError, match="is full"):
            create(state, [Opened()])
    assert unread_incidents(state) == {}
    assert [one.name for one in incidents_folder(state).iterdir()] == [".lock"]
