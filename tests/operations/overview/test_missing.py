"""A role that sets hold and that is not here stays an alarm, whatever was backed up since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.guards.containers import containers_guard
from pryv_tui.operations.lost.here import set_to_restore
from pryv_tui.operations.lost.words import (
    alarm_words,
    backup_words,
    choice_words,
    note_words,
)
from pryv_tui.operations.overview.attention import host_attention
from pryv_tui.operations.overview.last_backup import Try, last_backup
from pryv_tui.operations.overview.overview import attention
from pryv_tui.operations.sets.missing_roles import (
    holds_role,
    lost_on,
    missing_roles,
)
from pryv_tui.platform.roles import RoleName
from pryv_tui.vault.sets import BackupSet
from tests.hosts.machines import container
from tests.operations.kit import host_state, manifest_of, part, platform_of, set_of

START = datetime(2026, 1, 1, tzinfo=UTC)
REST: tuple[RoleName, ...] = ("register", "static-web")


def a_set(day: int, *roles: RoleName, host: str = "single") -> BackupSet:
    """A set that was made on a day, counted from the start."""
    made = START + timedelta(days=day)
    one = msgspec.structs.replace(part(host, roles[0]), roles=roles)
    return set_of(manifest_of(one, id=f"{made:%Y%m%dT%H%M%SZ}", created=made.isoformat()))


def whole(day: int) -> BackupSet:
    return a_set(day, "core", *REST)


def rest(day: int) -> BackupSet:
    return a_set(day, *REST)


def found_with(name: str, *roles: RoleName) -> Deployment:
    """A machine with these roles' containers; nothing is known of its root."""
    return platform_of(msgspec.structs.replace(host_state(name, *roles), root_exists=False))


def without_core() -> Deployment:
    return found_with("single", *REST)


def told(sets: list[BackupSet], found: Deployment | None = None) -> list[tuple[str, str, str]]:
    deployment = found or without_core()
    missing = missing_roles(deployment, sets, practice=False)
    items = attention(deployment, tuple(sets), sets[-1], missing=missing)
    return [(item.level, item.text, item.remedy) for item in items if "core" in item.text.lower()]


def test_a_backup_after_the_loss_does_not_end_the_alarm() -> None:
    before, after = whole(1), rest(2)
    for sets in ([before], [before, after], [before, after, rest(3)]):
        ((level, text, remedy),) = told(sets)
        assert level == "failed"
        assert text.startswith("Core is gone")
        assert f"pryv-tui restore {before.id}" in remedy
    assert f"the set {before.id}" in text
    assert "not in the last backup either" in text


def test_nothing_that_failed_besides_stands_before_it() -> None:
    """The first line of the overview has room for one: a platform that is gone is worse than a
    backup of it that failed; one that was moved away long ago is not."""
    deployment = without_core()

    def first(sets: list[BackupSet]) -> str:
        later = (START + timedelta(days=39)).isoformat()
        failed = Try(end="failed", at=later, run="R", why="no room")
        latest = last_backup(sets[-1], [failed], now=START + timedelta(days=40), every=None,
                             roles=REST)  # fmt: skip
        missing = missing_roles(deployment, sets, practice=False)
        items = attention(deployment, tuple(sets), sets[-1], missing=missing, latest=latest)
        assert any("backup failed" in item.text for item in items)
        return items[0].text

    assert first([whole(1), rest(2)]).startswith("Core is gone")
    assert "backup failed" in first([whole(1), *(rest(day) for day in range(2, 34))])


def test_it_ends_when_the_role_is_back() -> None:
    assert (
        missing_roles(found_with("single", "core", *REST), [whole(1), rest(2)], practice=False)
        == ()
    )


def test_the_newest_set_that_holds_it_is_named() -> None:
    sets = [whole(1), whole(3), rest(5)]
    (one,) = missing_roles(without_core(), sets, practice=False)
    assert one.holder is not None
    assert (one.roles, one.holder.id, one.in_last) == (("core",), sets[1].id, False)
    for text, remedy in (alarm_words(one), backup_words(one), note_words(one)):
        assert sets[1].id in text
        assert f"restore {sets[1].id}" in remedy


def test_after_a_month_of_backups_without_it_it_is_a_note() -> None:
    early = [whole(1), *(rest(day) for day in range(2, 32))]
    assert told(early)[0][0] == "failed"
    late = [*early, rest(33)]
    ((level, text, remedy),) = told(late)
    assert level == "info"
    assert f"the set {late[0].id}" in text
    assert remedy.startswith("If that is intended, nothing has to be done")
    # Where nobody backs up any more, nobody has seen it: the alarm stays, however old.
    assert told([whole(1), rest(2)])[0][0] == "failed"


def test_the_set_of_a_machine_that_is_not_declared_here_is_no_loss() -> None:
    elsewhere = a_set(1, "core", host="core.example")
    assert missing_roles(without_core(), [elsewhere, rest(2)], practice=False) == ()
    # Only what the last set of all holds is asked for, as a machine may have a new name.
    assert missing_roles(without_core(), [rest(1), a_set(2, "core", host="x")], practice=False)


def test_nothing_is_missing_while_an_engine_does_not_answer() -> None:
    away = msgspec.structs.replace(host_state("single", *REST), reachable=False)
    assert missing_roles(platform_of(away), [whole(1)], practice=False) == ()


def test_a_restore_is_offered_of_the_newest_set_that_holds_what_is_missing() -> None:
    sets = [whole(1), whole(2), rest(3)]

    def offered(found: Deployment) -> str:
        missing = missing_roles(found, sets, practice=False)
        best = set_to_restore(missing, found, sets, practice=False)
        return best.id if best else ""

    assert offered(without_core()) == sets[1].id
    assert offered(found_with("single", "core", *REST)) == sets[2].id
    assert offered(found_with("new")) == sets[1].id, "an empty machine lacks everything"
    missing = missing_roles(without_core(), sets, practice=False)
    assert sets[1].id in choice_words(missing, sets[2])
    assert "this set holds it" in choice_words(missing, sets[1])
    assert choice_words((), sets[2]) == ""


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("pryv/core/conf/core.yml", True),
        ("pryv/core/data/users/a/b/attachments/c", True),
        ("pryv/mongodb/data/WiredTiger", False),
        ("pryv/core/log/core.log", False),
        ("pryv/register/conf/register.yml", False),
    ],
)
def test_what_counts_as_a_role_s_own(tmp_path: Path, path: str, there: bool) -> None:
    (tmp_path / "pryv/core/conf").mkdir(parents=True)
    (tmp_path / "pryv/hfs/conf").mkdir(parents=True)
    assert not holds_role(tmp_path, "core"), "Docker makes such empty folders"
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("x")
    assert holds_role(tmp_path, "core") == there


@pytest.mark.parametrize("path", ["pryv/nginx/conf/site.conf", "config-follower/follower.yml"])
def test_static_web_is_there_by_what_it_shares(tmp_path: Path, path: str) -> None:
    (tmp_path / "pryv/nginx/log").mkdir(parents=True)
    (tmp_path / "pryv/nginx/log/access.log").write_text("x")
    assert not holds_role(tmp_path, "static-web")
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("x")
    assert holds_role(tmp_path, "static-web")
    assert not holds_role(tmp_path, "core"), "what is shared tells nothing of who has more"
    assert not holds_role(tmp_path, "register")


def test_static_web_that_has_containers_and_no_file_is_missing(tmp_path: Path) -> None:
    root = str(tmp_path)
    alone = platform_of(msgspec.structs.replace(
        host_state("web", "static-web", root=root), root_exists=True))  # fmt: skip
    (one,) = missing_roles(alone, [a_set(0, "static-web", host="web")], practice=False)
    assert one.roles == ("static-web",)
    (tmp_path / "pryv/nginx").mkdir(parents=True)
    (tmp_path / "pryv/nginx/site.conf").write_text("x")
    assert missing_roles(alone, [a_set(0, "static-web", host="web")], practice=False) == ()


def test_containers_of_a_role_that_is_not_there_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "pryv/register").mkdir(parents=True)
    (tmp_path / "pryv/register/conf.yml").write_text("x")
    names = ("core", "mongodb", "influxdb", "hfs")
    down = [container(name, root=str(tmp_path), state="exited") for name in names]
    up = [container(name, root=str(tmp_path)) for name in ("register", "redis")]
    state = msgspec.structs.replace(
        host_state("single", "core", "register", root=str(tmp_path)), containers=(*down, *up)
    )
    (line,) = host_attention(state, "pryv.example", (), {})
    assert "none of the 4 containers of core is running" in line.text
    assert "its files are missing" in line.text
    assert "containers logs" not in line.remedy
    # With its files it is one line too, with a log to read.
    (tmp_path / "pryv/core").mkdir()
    (tmp_path / "pryv/core/conf.yml").write_text("x")
    (line,) = host_attention(state, "pryv.example", (), {})
    assert "containers logs pryvio_core" in line.remedy
    # One of them that runs: each is told by itself.
    state = msgspec.structs.replace(state, containers=(*down[:-1], container("hfs"), *up))
    assert len(host_attention(state, "pryv.example", (), {})) == 3


def test_the_doctor_does_not_start_databases_on_nothing(tmp_path: Path) -> None:
    down = container("mongodb", root=str(tmp_path), state="exited")
    state = msgspec.structs.replace(
        host_state("single", "core", root=str(tmp_path)), containers=(down,)
    )
    line = containers_guard(state, {"core": "pryv-tui restore 20260101T000000Z"})
    assert line.outcome == "failed"
    assert "run-pryv" not in line.remedy
    assert "pryv-tui restore 20260101T000000Z" in line.remedy
    assert "run-pryv" in containers_guard(state).remedy


def test_who_lost_several_reads_of_them_in_the_plural() -> None:
    found = found_with("single", "register")
    (both,) = missing_roles(found, [whole(0)], practice=False)
    (one,) = missing_roles(without_core(), [whole(0)], practice=False)
    for words in (backup_words(both)[1], alarm_words(both)[1], note_words(both)[1]):
        assert "them is" not in words and "them was" not in words
    assert "If they are lost" in backup_words(both)[1]
    assert "if they were moved away" in backup_words(both)[1]
    assert "If it is lost" in backup_words(one)[1]


def test_where_a_role_is_known_to_be_lost_the_way_is_to_bring_it_back() -> None:
    missing = missing_roles(without_core(), [whole(0), rest(1)], practice=False)
    assert lost_on(missing, "single").startswith(f"Bring it back: {missing[0].command}")
    assert lost_on(missing, "single", ("core",)) == lost_on(missing, "single")
    # Of a role that is there, and of a machine that never had it, nothing is said.
    assert lost_on(missing, "single", ("register",)) == ""
    assert lost_on(missing, "other") == lost_on((), "single") == ""
