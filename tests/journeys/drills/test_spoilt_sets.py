"""Sets that were bad when they were taken, drilled: each is red at the check that is its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.sets.verify import SHOWN, verify_files
from pryv_tui.operations.site import open_site
from pryv_tui.vault.set_files import FILES_NAME
from tests.journeys.drills import spoilt_sets as spoilt
from tests.journeys.drills.rehearsed import Rehearsed, checks, end, in_state
from tests.journeys.performing import perform

FILES = "files of the set"
"""Of each store its hashes, and what its dump holds beside what the set says of it."""
EACH = {
    (FILES, about)
    for about in (
        "mongodb",
        "influxdb",
        "redis",
        "sqlite",
        "attachments",
        "other files",
        "lists and folders",
    )
}
AUDIT = ("audit across the stores", "")
ATTACHED = ("sample: attachments", "single")


class Spoilt:
    """A platform with a good set, of which copies are made."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.rehearsed = Rehearsed(folder, **more)
        self.site = open_site(self.rehearsed.settings)
        self.good = Path(self.site.vault.resolve(self.rehearsed.set).path)
        self._names = (f"20250101T{number:06d}Z" for number in itertools.count(1))

    def copy(self) -> Path:
        return spoilt.copied(self.good, next(self._names))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Spoilt:
    return Spoilt(tmp_path_factory.mktemp("spoilt") / "p")


@pytest.mark.parametrize(
    ("fault", "file"),
    [
        (spoilt.truncated_dump, "events.bson differs from its hash"),
        (spoilt.missing_shard, ".tar.gz is missing"),
        (spoilt.stale_redis, "appendonly.aof differs from its hash"),
        (spoilt.flipped_byte, "/attachments/"),
        (spoilt.account_missing_in_core, "user-index.db differs from its hash"),
    ],
)
def test_what_was_spoilt_in_the_vault_is_found_by_its_hash_and_named(
    platform: Spoilt, fault: Callable[[Path], None], file: str
) -> None:
    folder = platform.copy()
    fault(spoilt.files_of(folder))
    vault = platform.site.vault
    found = verify_files(vault, vault.resolve(folder.name))
    assert found.outcome == "bad"
    assert file in found.problems[0], found.problems


@pytest.mark.parametrize(
    ("fault", "counted", "red", "why"),
    [
        (None, True, None, ""),
        (spoilt.truncated_dump, False, (FILES, "mongodb"), "events.bson"),
        (spoilt.missing_shard, False, (FILES, "influxdb"), ".tar.gz"),
        (spoilt.stale_redis, False, (FILES, "redis"), "redis: set.json says users 4"),
        (spoilt.flipped_byte, False, ATTACHED, "1 with another hash than in the event"),
        (spoilt.account_missing_in_core, False, AUDIT, "accounts.register_only 1"),
        # Its figures are of the fault, too: what is left to find it are the other stores.
        (spoilt.shorter_dump, True, AUDIT, "attachments.without_event"),
        (spoilt.stale_redis, True, AUDIT, "accounts.core_only"),
    ],
)
def test_a_set_that_was_bad_when_it_was_taken_turns_its_check_red_and_no_other(
    platform: Spoilt,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[Path], None] | None,
    counted: bool,
    red: tuple[str, str] | None,
    why: str,
) -> None:
    folder = platform.copy()
    if fault is not None:
        fault(spoilt.files_of(folder))
    spoilt.relisted(folder, counted=counted)
    before = platform.rehearsed.platform.contents()
    name = f"20260101T{folder.name[9:15]}Z-drill-0001"
    events = perform(platform.rehearsed.settings, name, "drill", monkeypatch, set_id=folder.name)
    failed = in_state(events, "failed")
    if red is None:
        assert (failed, end(events).exit) == (set(), 0), [c.why for c in checks(events).values()]
        assert set(checks(events)) == in_state(events, "passed")
    else:
        assert (failed, end(events).exit) == ({red}, 1), [c.why for c in checks(events).values()]
        assert why in checks(events)[red].why
        assert EACH - {red} <= in_state(events, "passed")
        assert {("sandbox removed", ""), ("production unchanged", "")} <= in_state(events, "passed")
    assert platform.rehearsed.platform.contents() == before
    assert platform.rehearsed.left == []


@pytest.mark.parametrize(
    ("fault", "about", "why"),
    [
        (spoilt.truncated_dump, "mongodb", "events.bson differs from its hash"),
        (spoilt.missing_shard, "influxdb", ".tar.gz is missing"),
        (spoilt.stale_redis, "redis", "appendonly.aof differs from its hash"),
        (spoilt.account_missing_in_core, "sqlite", "user-index.db differs from its hash"),
        (spoilt.flipped_byte, "attachments", "/attachments/"),
        (spoilt.lost_configuration, "other files", "is missing"),
        (spoilt.lost_dump_folder, "influxdb", "pryv/influxdb/backup/"),
        (spoilt.lost_attachment_folder, "attachments", "/ is missing"),
        (spoilt.strange_list, "lists and folders", "TREE"),
    ],
)
def test_what_was_spoilt_in_the_vault_turns_the_check_of_its_store_red_and_no_other(
    platform: Spoilt,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[Path], None],
    about: str,
    why: str,
) -> None:
    folder = platform.copy()
    fault(spoilt.files_of(folder))
    name = f"20260102T{folder.name[9:15]}Z-drill-0001"
    events = perform(platform.rehearsed.settings, name, "drill", monkeypatch, set_id=folder.name)
    red = (FILES, about)
    assert (in_state(events, "failed"), end(events).exit) == ({red}, 1)
    assert why in checks(events)[red].why, checks(events)[red].why
    unread = EACH - {red} if about == "lists and folders" else set()
    assert in_state(events, "could not verify") == unread, "what can't be compared is no green"
    assert {one for one in in_state(events, "passed") if one[0] == FILES} == EACH - {red} - unread
    assert ("content", "mongodb") in in_state(events, "not checked")
    assert (folder / "single" / FILES_NAME).is_dir() and platform.rehearsed.left == []


def test_more_damage_than_is_named_hides_none_of_another_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = Spoilt(tmp_path / "p", attachments=SHOWN + 5)
    folder = platform.copy()
    files = spoilt.files_of(folder)
    attached = [one for one in files.rglob("attachments/*/*") if one.is_file()]
    assert len(attached) > SHOWN
    for one in attached:
        one.write_bytes(b"another")
    spoilt.stale_redis(files)
    spoilt.account_missing_in_core(files)
    events = perform(
        platform.rehearsed.settings,
        "20260103T000001Z-drill-0001",
        "drill",
        monkeypatch,
        set_id=folder.name,
    )
    red = {(FILES, about) for about in ("attachments", "redis", "sqlite")}
    assert "more of these" in checks(events)[FILES, "attachments"].why
    assert in_state(events, "failed") == red
    assert EACH - red <= in_state(events, "passed")
