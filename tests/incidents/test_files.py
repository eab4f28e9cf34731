"""Incidents in a state folder: private, append-only, whole or torn, and damaged by others."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.acts import (
    audited,
    close,
    declare,
    note,
    resolve_incident,
    sets_named,
    write,
)
from pryv_tui.incidents.events import Lost, Opened
from pryv_tui.incidents.files import (
    all_incidents,
    append,
    create,
    incidents_folder,
    locked,
    read_incident,
)
from pryv_tui.incidents.gathering import Known, belongs
from pryv_tui.incidents.looking import open_incident, standing
from pryv_tui.incidents.pinning import keeping
from pryv_tui.operations.settings.resolve import Settings
from tests.damage.kinds import DAMAGE


def settings_of(folder: Path, platform: str = "p") -> Settings:
    return Settings(
        vault=str(folder / "vault"), state=str(folder / "state"), practice=str(folder / platform)
    )


def lines(incident: str) -> list[dict[str, Any]]:
    journal = Path(incident) / "journal.jsonl"
    return [json.loads(line) for line in journal.read_text().splitlines()]


def test_a_journal_is_private_typed_versioned_and_says_who(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    made = declare(settings, domain="a.b", text="core is gone", roles=["core"]).incident
    note(settings, "the disk is full\x1b[2J\u202e of https://me:hush@host/", decision=True)
    told = lines(made.folder)
    assert [line["event"] for line in told] == ["opened", "lost", "noted"]
    assert all(line["v"] == 1 and line["incident"] == made.id and line["time"] for line in told)
    assert all(line["by"]["user"] for line in told)
    text = str(told[-1]["text"])
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "hush" not in text
    for path in (Path(made.folder).parent, Path(made.folder)):
        assert path.stat().st_mode & 0o777 == 0o700
    assert (Path(made.folder) / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_is_written_where_none_is_open_declares_one_and_then_goes_into_it(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    first = write(settings, "core is gone", domain="a.b")
    assert (first.new, first.incident.text) == (True, "core is gone")
    second = write(settings, "both roles", decision=True, domain="a.b")
    assert (second.new, second.incident.id) == (False, first.incident.id)
    (said,) = second.incident.notes
    assert (said.text, said.decision) == ("both roles", True)


def test_a_second_platform_of_the_same_state_folder_has_its_own(tmp_path: Path) -> None:
    one, other = settings_of(tmp_path, "one"), settings_of(tmp_path, "other")
    first = declare(one, text="core is gone").incident
    assert open_incident(other) is None
    with pytest.raises(PryvTuiError, match="no incident of this platform is open"):
        note(other, "x")
    second = declare(other, text="register is gone").incident
    assert close(one, "mended").incident.id == first.id
    # What is known later goes into the closed one, as the refusal says; another's is not named.
    with pytest.raises(PryvTuiError) as refused:
        note(one, "it was the disk")
    assert f"pryv-tui incident note --incident {first.id} TEXT" in refused.value.remedy
    assert note(one, "it was the disk", incident=first.id).notes[-1].text == "it was the disk"
    assert second.id not in refused.value.remedy
    current = open_incident(other)
    assert current is not None
    assert current.id == second.id
    assert {one.id for one in all_incidents(tmp_path / "state")} == {first.id, second.id}


def test_two_platforms_of_one_engine_are_told_apart_by_their_domains(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first = declare(settings, domain="one.example", text="core is gone").incident
    second = declare(settings, domain="two.example", text="core is gone").incident
    assert first.id != second.id
    with pytest.raises(PryvTuiError, match="several incidents are open") as refused:
        note(settings, "x")
    assert first.id in refused.value.remedy
    assert note(settings, "x", domain="one.example").id == first.id
    assert note(settings, "y", incident=second.id).id == second.id
    assert close(settings, domain="two.example").incident.id == second.id
    assert note(settings, "z").id == first.id

    def known(domain: str) -> Known:
        return Known("r", "restore", timestamp(), "", True, first.platform, domain)

    assert not belongs(first, known("two.example"))
    assert belongs(first, known("one.example"))
    assert belongs(first, known("")), "of a loss nothing may tell the domain any more"


def test_two_at_once_make_one(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    start = threading.Barrier(4)

    def begin(number: int) -> None:
        start.wait()
        declare(settings, text=f"seen by {number}")

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (only,) = all_incidents(tmp_path / "state")
    assert len(only.notes) == 3, "the others are written into it"


def test_a_torn_line_ends_and_the_next_begins_on_its_own(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    made = declare(settings, text="x").incident
    with (Path(made.folder) / "journal.jsonl").open("a") as file:
        file.write('{"event": "noted", "text": "half')
    torn = msgspec.structs.replace(made, unclear=("journal.jsonl ends in the middle of a line",))
    assert read_incident(Path(made.folder)) == torn
    after = note(settings, "and more")
    assert [one.text for one in after.notes] == ["and more"]
    assert after.problems == ("1 line of journal.jsonl can't be read",)


@pytest.mark.parametrize("damage", sorted(DAMAGE))
def test_a_damaged_one_is_told_and_every_other_is_there(tmp_path: Path, damage: str) -> None:
    settings = settings_of(tmp_path)
    made = declare(settings, text="x", roles=["core"]).incident
    close(settings)
    whole = declare(settings, text="y").incident
    DAMAGE[damage](Path(made.folder) / "journal.jsonl")
    known = {one.id: one for one in all_incidents(tmp_path / "state")}
    assert known[whole.id] == whole
    if damage == "empty":
        assert made.id not in known
    elif damage != "cut off":  # which may end it between two lines
        assert known[made.id].problems


def test_what_is_no_incident_is_passed_over(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    made = declare(settings, text="x").incident
    home = incidents_folder(tmp_path / "state")
    (home / "notes.txt").write_text("mine")
    (home / "20260101T000000Z-incident-0000").mkdir()
    (home / "20260101T000000Z-incident-0001").symlink_to(made.folder)
    (home / "..journal").mkdir()
    later = home / "20260101T000000Z-incident-0002"
    later.mkdir()
    (later / "journal.jsonl").write_text('{"v": 2, "event": "of a later program", "time": "x"}\n')
    assert [one.id for one in all_incidents(tmp_path / "state")] == [made.id]
    with pytest.raises(PryvTuiError, match="can't be read: a link is in its place"):
        resolve_incident(tmp_path / "state", "20260101T000000Z-incident-0001")


def test_what_can_not_be_listed_is_not_taken_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, state = settings_of(tmp_path), tmp_path / "state"
    assert all_incidents(state) == [], "there is no folder yet: none was ever opened"
    made = declare(settings, text="x").incident
    listed = os.scandir

    def denied(path: Any) -> Any:
        if Path(path) == incidents_folder(state):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    def not_entered(self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    for where, what, instead in (
        (os, "scandir", denied),
        (Path, "is_symlink", not_entered),  # it may be listed, and not entered
    ):
        with monkeypatch.context() as patch:
            patch.setattr(where, what, instead)
            for act in (
                lambda: all_incidents(state),
                lambda: open_incident(settings),
                lambda: sets_named(state),
                lambda: resolve_incident(state, "latest"),
            ):
                with pytest.raises(PryvTuiError, match="can't be read: Permission denied"):
                    act()
            assert "can't be read" in standing(settings).problem
            assert keeping(state, []).problem
    # Mended, or with another state folder.
    assert [one.id for one in all_incidents(state)] == [made.id]
    assert keeping(state, []).problem == ""
    assert all_incidents(tmp_path / "another") == []


def test_a_full_or_closed_folder_leaves_nothing_half_written(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    home = incidents_folder(tmp_path / "state")
    home.parent.mkdir(mode=0o700)
    home.write_text("in its place")
    with pytest.raises(
        PryvTuiError, match=r"can't be written: .*nothing of the incident was written"
    ):
        declare(settings, text="x")
    home.unlink()
    assert all_incidents(tmp_path / "state") == []
    made = declare(settings, text="x").incident
    journal = Path(made.folder) / "journal.jsonl"
    os.link(journal, tmp_path / "another name")
    with pytest.raises(PryvTuiError, match="hard link"):
        note(settings, "y")


def test_a_drill_is_one_of_another_kind(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with locked(state):
        made = create(state, [Opened(kind="drill", platform="here"), Lost(role="core")])
        append(state, made.id, [Lost(role="core", since="2026-01-01T00:00:00Z", source="asked")])
    (known,) = all_incidents(state)
    assert known.kind == "drill"
    assert known.losses[0].since == "2026-01-01T00:00:00Z"
    assert open_incident(settings_of(tmp_path)) is None, "it stands for no loss of the platform"


def test_the_sets_that_incidents_name_are_known_open_or_closed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    state = tmp_path / "state"
    made = declare(settings, text="x").incident
    with locked(state):
        append(state, made.id, [Lost(role="core", set="20260101T000000Z")])
    assert audited(settings, set_id="20260102T000000Z", remains={"a.b": 0}, not_checked=[])
    named = {"20260101T000000Z": [made.id], "20260102T000000Z": [made.id]}
    assert sets_named(state) == (named, {})
    close(settings)
    assert sets_named(state) == (named, {})
    assert audited(settings, set_id="x", remains={}, not_checked=[]) is None


@pytest.mark.parametrize("act", ["create", "append"])
@pytest.mark.parametrize("where", ["a folder", "a link", "a name of nobody's"])
def test_of_what_was_written_nobody_says_that_it_left_nothing(
    tmp_path: Path, act: str, where: str
) -> None:
    """A folder that is a link, or has another name, is no incident; its journal is written."""
    state = tmp_path / "state"
    name = "20260304T090000Z-drill-abcd" if where != "a name of nobody's" else "mine"
    folder = incidents_folder(state) / name
    with locked(state):
        if where == "a link":
            (tmp_path / "elsewhere").mkdir(mode=0o700)
            folder.symlink_to(tmp_path / "elsewhere")
        said = ""
        try:
            if act == "create":
                create(state, [Opened(kind="drill")], name=name)
            else:
                folder.mkdir(mode=0o700, exist_ok=True)
                append(state, name, [Opened(kind="drill")])
        except PryvTuiError as error:
            said = error.what
    assert (folder / "journal.jsonl").read_text().count("\n") == 1
    assert "left nothing" not in said
    told = f"{folder}/journal.jsonl was written, but can't be read as a journal"
    assert (said == told) is (where != "a folder")
