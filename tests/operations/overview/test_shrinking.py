"""A set that holds far less than the one before, by whatever is counted, until it is accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.acceptance import (
    NAME,
    Acceptable,
    accept,
    read_accepted,
    withdraw,
)
from pryv_tui.operations.overview.suspicious import set_attention
from pryv_tui.operations.settings.shrinking import (
    AS_USUAL,
    COUNTED,
    Limits,
    Suspicion,
    suspicion_of,
    suspicions,
)
from pryv_tui.vault.manifest import Finding, SetHost
from pryv_tui.vault.sets import BackupSet
from pryv_tui.who import Who
from tests.operations.kit import manifest_of, part, set_of

FULL: dict[str, Any] = {
    "files": 100, "bytes": 1000, "documents": 200, "users": 50, "databases": 10
}  # fmt: skip


def parts(**counts: int) -> tuple[SetHost, SetHost]:
    """A core and a register that hold so much."""
    has = {**FULL, **counts}
    stores = {
        "mongodb": {"collections": {"events": has["documents"] - 1, "streams": 1}},
        "influxdb": {"databases": [f"user.{n}" for n in range(has["databases"])], "shards": 1},
    }
    core = part("co1", "core", files=has["files"], bytes=has["bytes"], stores=stores)
    register = part("reg", "register", files=9, stores={"redis": {"users": has["users"]}})
    return core, register


def a_set(day: int, *hosts: SetHost, **more: Any) -> BackupSet:
    return set_of(manifest_of(*hosts, id=f"202601{day:02d}T000000Z", **more))


def only(found: dict[str, Suspicion]) -> Suspicion:
    (one,) = found.values()
    return one


@pytest.mark.parametrize("name", COUNTED)
def test_each_count_by_itself(name: str) -> None:
    less = FULL[name] // 2 - 1
    sets = [a_set(1, *parts()), a_set(2, *parts(**{name: less}))]
    found = only(suspicions(sets, AS_USUAL))
    assert (found.set_id, found.before) == (sets[1].id, sets[0].id)
    assert (
        found.words == f"it holds {less} {name} instead of {FULL[name]}, far less than {sets[0].id}"
    )
    assert suspicions(sets, Limits(of={name: 0.1})) == {}
    a_bit = [a_set(1, *parts()), a_set(2, *parts(**{name: FULL[name] * 9 // 10}))]
    assert suspicions(a_bit, AS_USUAL) == {}
    assert only(suspicions(a_bit, Limits(of={name: 0.95}))).fell[0].name == name


def test_all_of_a_kind_is_gone() -> None:
    assert only(suspicions([a_set(1, *parts()), a_set(2, *parts(users=0))], AS_USUAL))
    # A store that the set does not hold at all any more is nothing that it holds.
    core, register = parts()
    without = part("reg", "register", files=9, stores={})
    found = only(suspicions([a_set(1, core, register), a_set(2, core, without)], AS_USUAL))
    assert "0 users instead of 50" in found.words


def collections(**documents: int) -> SetHost:
    return part("co1", "core", files=9, stores={"mongodb": {"collections": documents}})


def test_a_small_collection_is_not_hidden_behind_a_large_one() -> None:
    """It was dropped or emptied: all others are as they were, and nobody gets in any more."""
    full = a_set(1, collections(events=10**6, accesses=40, sessions=40, webhooks=3))
    for left in ({"accesses": 0}, {}):
        lost = a_set(2, collections(events=10**6, **left))
        found = only(suspicions([full, lost], AS_USUAL))
        assert f"holds 0 documents of accesses instead of 40, far less than {full.id}" in (
            found.words
        )
        assert "sessions" not in found.words and "webhooks" not in found.words
    assert suspicions([full, lost], Limits(of={"documents": 0.0})) == {}
    less = a_set(2, collections(events=10**6, accesses=1))
    assert suspicions([full, less], AS_USUAL) == {}
    # Where nearly all is gone that is said, and not each by itself.
    assert [
        one.name for one in only(suspicions([full, a_set(2, collections())], AS_USUAL)).fell
    ] == ["documents"]


def test_a_small_machine_is_not_hidden_behind_a_large_one() -> None:
    _core, register = parts()
    large = part("co1", "core", files=10**6, bytes=10**9)
    lost = part("reg", "register", files=1, stores={"redis": {"users": 50}})
    found = only(suspicions([a_set(1, large, register), a_set(2, large, lost)], AS_USUAL))
    assert [(one.host, one.name) for one in found.fell] == [("reg", "files")]


def test_a_machine_is_known_again_by_its_roles() -> None:
    """A new name, another place of the root, and a set of one role alone."""
    core, register = parts()
    renamed = part("new-name", "core", root="/srv/pryv", files=3, bytes=1000)
    assert only(suspicions([a_set(1, core, register), a_set(2, renamed)], AS_USUAL))
    two = [a_set(1, core, part("co2", "core", files=50)), a_set(2, part("co2", "core", files=49))]
    # One of two cores alone: which of them it is can't be told from its roles.
    assert suspicions(two, AS_USUAL) == {}
    assert suspicions([a_set(1, core), a_set(2, register)], AS_USUAL) == {}


class TestAccepting:
    SETS = (
        a_set(1, *parts()),
        a_set(2, *parts(users=20)),
        a_set(3, *parts(users=21)),
        a_set(4, *parts(users=19)),
    )

    def accepted(self, state: Path, *sets: BackupSet) -> dict[str, Suspicion]:
        now = suspicions(self.SETS, AS_USUAL, read_accepted(state))
        for backup in sets:
            one = now[backup.id]
            accept(state, Acceptable(key=one.key, about=one.about, text=one.words))
        return suspicions(self.SETS, AS_USUAL, read_accepted(state))

    def test_all_that_follow_stay_suspicious_until_then(self, tmp_path: Path) -> None:
        found = suspicions(self.SETS, AS_USUAL)
        assert list(found) == [backup.id for backup in self.SETS[1:]]
        assert {one.before for one in found.values()} == {self.SETS[0].id}

    def test_the_newest_is_accepted_with_those_like_it_before(self, tmp_path: Path) -> None:
        found = self.accepted(tmp_path, self.SETS[3])
        assert all(one.accepted is not None for one in found.values())
        nothing_less = suspicion_of(
            self.SETS, "NEW", parts(users=18), AS_USUAL, read_accepted(tmp_path)
        )
        assert nothing_less is None
        # It is what the next one is compared with: when it changes again it is a warning again.
        again = suspicion_of(self.SETS, "NEW", parts(users=9), AS_USUAL, read_accepted(tmp_path))
        assert again is not None and again.before == self.SETS[3].id

    def test_what_held_less_still_stands(self, tmp_path: Path) -> None:
        sets = (*self.SETS[:1], a_set(2, *parts(users=2)), *self.SETS[2:])
        newest = suspicions(sets, AS_USUAL)[sets[-1].id]
        accept(tmp_path, Acceptable(key=newest.key, about=newest.about, text=""))
        found = suspicions(sets, AS_USUAL, read_accepted(tmp_path))
        assert [one.set_id for one in found.values() if one.accepted is None] == [sets[1].id]

    def test_it_is_said_once_and_as_a_note_when_accepted(self, tmp_path: Path) -> None:
        (item,) = set_attention(self.SETS, AS_USUAL, read_accepted(tmp_path))
        assert item.level == "warning"
        assert self.SETS[3].id in item.text and self.SETS[1].id in item.text
        assert f"pryv-tui accept set/{self.SETS[3].id}" in item.remedy
        self.accepted(tmp_path, self.SETS[3])
        (note,) = set_attention(self.SETS, AS_USUAL, read_accepted(tmp_path))
        assert note.level == "info" and "accepted by" in note.text

    def test_a_finding_of_a_backup_stands_until_it_is_accepted(self, tmp_path: Path) -> None:
        def with_missing(day: int, about: str) -> BackupSet:
            found = Finding(key="missing-attachments", about=about, text="2 are missing")
            return a_set(day, *parts(), findings=(found,))

        sets = [with_missing(1, "a"), with_missing(2, "a"), a_set(3, *parts())]
        (item,) = set_attention(sets, AS_USUAL, read_accepted(tmp_path))
        assert (item.level, item.about) == ("warning", "a") and sets[1].id in item.text
        accept(tmp_path, Acceptable(key=item.key, about=item.about, text=item.text))
        assert set_attention(sets, AS_USUAL, read_accepted(tmp_path)) == []
        (note,) = set_attention(sets[:2], AS_USUAL, read_accepted(tmp_path))
        assert note.level == "info"
        # Others are missing now: it is another warning.
        (again,) = set_attention([*sets, with_missing(4, "b")], AS_USUAL, read_accepted(tmp_path))
        assert again.level == "warning"


class TestTheFile:
    def test_who_when_and_why(self, tmp_path: Path) -> None:
        anna = Who(user="anna", known_by="sudo", behind_sudo=True, runs_as="root")
        what = Acceptable(key="k", about="a", text="t")
        made = accept(tmp_path / "state", what, why="moved", by=anna)
        assert made.who == anna
        found = read_accepted(tmp_path / "state").of("k", "a")
        assert found == made
        assert made.words == f"accepted by anna on {made.time[:10]}: moved"
        assert (tmp_path / "state" / NAME).stat().st_mode & 0o777 == 0o600

    def test_another_fact_is_another_warning_and_the_last_word_counts(self, tmp_path: Path) -> None:
        accept(tmp_path, Acceptable(key="k", about="a", text="t"))
        assert read_accepted(tmp_path).of("k", "b") is None
        assert read_accepted(tmp_path).of("", "a") is None
        accept(tmp_path, Acceptable(key="k", about="b", text="t"))
        assert read_accepted(tmp_path).of("k", "a") is None
        withdraw(tmp_path, "k")
        assert read_accepted(tmp_path).known() == []
        assert len((tmp_path / NAME).read_text().splitlines()) == 3, "nothing is rewritten"

    def test_a_torn_line_costs_itself_alone(self, tmp_path: Path) -> None:
        accept(tmp_path, Acceptable(key="k", about="a", text="t"))
        with (tmp_path / NAME).open("a") as file:
            file.write('{"v":1,"time":"x","event":"withdrawn","key":"k"')
        assert read_accepted(tmp_path).of("k", "a") is not None
        accept(tmp_path, Acceptable(key="l", about="a", text="t"))
        assert [one.key for one in read_accepted(tmp_path).known()] == ["k", "l"]

    def test_what_it_says_stays_on_its_line(self, tmp_path: Path) -> None:
        accept(tmp_path, Acceptable(key="k", about="a", text="t\x1b[1m\nOK"), why="\nOK  vault")
        (one,) = read_accepted(tmp_path).known()
        assert "\n" not in one.words + one.text and "\x1b" not in one.text
