"""What a restore would cost is told before it, and is what is found after it: to the record."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from pryv_tui.cli.main import cli
from pryv_tui.operations.audit.live import audit_live
from pryv_tui.operations.commands import completed
from pryv_tui.operations.comparing.amounts import Amount
from pryv_tui.operations.comparing.live_side import Limit, attachments_beyond, count_points
from pryv_tui.operations.comparing.look import compare
from pryv_tui.operations.comparing.model import Comparison, RoleNow
from pryv_tui.operations.comparing.newer_words import newer_words
from pryv_tui.operations.comparing.set_side import points_said
from pryv_tui.operations.comparing.words import lines_of
from pryv_tui.operations.site import Site
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.runs.record.events import RunFinished
from tests.journeys.performing import perform
from tests.journeys.restores.lived import (
    BORN,
    NEW,
    Lived,
    alive,
    chosen,
    living,
    names,
    stands,
    told,
)
from tests.vault.trees import seen

__all__ = ["living"]


@alive
def test_each_choice_says_by_name_what_it_would_make_of_the_accounts(living: Lived) -> None:
    found = living.compare("core")
    assert [each.roles for each in found.outcomes] == [
        ("core",), ("core", "register"), ("register",)
    ]  # fmt: skip
    core, both, register = found.outcomes
    assert told(core) == {"gone": (), "stranded": NEW, "exposed": ()}
    assert told(both) == {"gone": NEW, "stranded": (), "exposed": ()}
    assert told(register) == {"gone": (), "stranded": (), "exposed": NEW}
    assert set(both.backwards) == {"core", "register"}
    assert stands(found) == dict.fromkeys(("core", "register", "static-web"), "healthy")
    assert chosen(living.compare()).roles == ("core", "register")
    assert living.compare("static-web").outcomes == ()


@alive
def test_what_is_newer_is_counted_to_the_record(living: Lived) -> None:
    found = {(one.role, one.what): one.amount for one in living.compare("core").newer}
    assert found["core", "accounts"].names == found["register", "accounts"].names == NEW
    counts = {what: amount.number for (role, what), amount in found.items() if role == "core"}
    del counts["accounts"]
    assert counts == living.added
    assert all(each.whole for each in found.values())


@alive
def test_points_that_came_later_with_an_earlier_time_are_newer(living: Lived) -> None:
    """A device that was away sends what it measured meanwhile: no time tells that it is new."""
    (state,) = living.site.discover().hosts_of("core")
    assert living.set.manifest is not None
    (core,) = [part for part in living.set.manifest.hosts if "core" in part.roles]
    said = points_said(core)
    assert said is not None
    later = time.time() + 3600

    def count(held: dict[str, int | None] | None) -> Amount:
        return count_points(living.host("core"), state, later, Limit(), held=held)

    assert count(said) == Amount(number=living.added["points"])
    # What a set does not say of one database, or of any, may be more.
    dark = count(said | dict.fromkeys(list(said)[:1]))
    assert not dark.whole
    assert "1 of 4 databases could not be compared whole" in dark.why
    assert (count(None).number, count(None).whole) == (0, False)


@alive
def test_a_set_without_core_is_compared_with_the_core_that_lives(living: Lived) -> None:
    whole = living.set
    assert whole.manifest is not None
    parts = tuple(part for part in whole.manifest.hosts if "core" not in part.roles)
    manifest = replace(whole.manifest, hosts=parts, roles=("register", "static-web"))
    found = living.compare(of=replace(whole, manifest=manifest))
    assert [each.roles for each in found.outcomes] == [("register",)]
    assert chosen(found).exposed.names == NEW


class SecondCore:
    """Another machine with a core of the same platform: a copy of the first one's root and part,
    whose accounts have other names. Register does not know them."""

    def __init__(self, living: Lived, folder: Path) -> None:
        first, manifest = living.site.host("core"), living.set.manifest
        assert first.root_hint is not None and manifest is not None
        self.name, self.practice, self.engine = "core2", True, first.engine
        self.root_hint = folder / "root"
        (part,) = [one for one in manifest.hosts if "core" in one.roles]
        (folder / "set").mkdir()
        for name in (one.name for one in manifest.hosts):
            (folder / "set" / name).symlink_to(Path(living.set.path) / name)
        copies = {self.root_hint: first.root_hint, folder / "set/core2/files":
                  Path(living.set.path) / part.name / "files"}  # fmt: skip
        for copy, source in copies.items():
            for name in ("pryv/core", "pryv/mongodb"):
                shutil.copytree(source / name, copy / name, symlinks=True)
            index = copy / "pryv/core/data/users/user-index.db"
            with closing(sqlite3.connect(index)) as database, database:
                database.execute("UPDATE id4name SET username = username || '2'")
        hosts = (*manifest.hosts, replace(part, name=self.name, root=str(self.root_hint)))
        both = replace(manifest, hosts=hosts)
        self.set = replace(living.set, path=str(folder / "set"), manifest=both)
        site = living.site
        self.site = Site(site.settings, (*site.hosts, self))  # type: ignore[arg-type]

    def compare(self, *roles: str, away: str = "") -> Comparison:
        deployment = self.site.discover()
        hosts = tuple(
            replace(one, reachable=False, roles=(), containers=(), problem="nobody answers")
            if one.name == away
            else one
            for one in deployment.hosts
        )
        return compare(self.site, replace(deployment, hosts=hosts), self.set, roles)


@alive
def test_two_cores_of_one_register_are_both_read(living: Lived, tmp_path: Path) -> None:
    """Each has its own machine, its own part of the set, and accounts that the other has not."""
    two = SecondCore(living, tmp_path)
    born = tuple(f"{name}2" for name in names(*range(BORN)))
    since = tuple(f"{name}2" for name in NEW)
    found = two.compare("core")
    assert told(chosen(found)) == {"gone": since, "stranded": NEW, "exposed": born}
    newer = {one.host: one.amount.names for one in found.newer if one.what == "accounts"}
    assert newer == {"core": NEW, "core2": since, "register": NEW}
    register = chosen(two.compare("register"))
    assert told(register) == {
        "gone": (), "stranded": (), "exposed": tuple(sorted((*NEW, *born, *since)))
    }  # fmt: skip
    # One of them does not answer: its index tells names, and nobody which of them have documents.
    dark = chosen(two.compare("register", away="core2"))
    assert (dark.stranded.number, dark.exposed.of("name")) == (0, "at most 7 names")
    assert "nobody answers" in dark.stranded.why
    assert "nobody answers" in dark.exposed.fewer
    assert told(chosen(two.compare("core", away="core2")))["stranded"] == NEW
    # One is gone: the other one's accounts are no loss.
    shutil.rmtree(two.root_hint / "pryv")
    gone = two.compare("core")
    assert {(each.host, each.condition) for each in gone.roles if each.role == "core"} == {
        ("core", "healthy"), ("core2", "gone")
    }  # fmt: skip
    assert told(chosen(gone)) == {"gone": (), "stranded": NEW, "exposed": born}
    assert told(chosen(two.compare("register"))) == {"gone": (), "stranded": (), "exposed": NEW}


@alive
def test_a_large_platform_is_not_read_through(living: Lived, tmp_path: Path) -> None:
    """Whose time is over has looked at a part, and says so."""
    (state,) = living.site.discover().hosts_of("core")
    ticks = iter((0.0, *[100.0] * 1000))
    points = count_points(living.host("core"), state, 0.0, Limit(15.0, clock=lambda: next(ticks)))
    assert (points.number, points.whole) == (0, False)
    assert points.why == "0 of 4 databases could be asked within 15 s"

    folder = tmp_path / "pryv/core/data/users/c/b/a/uabc/attachments/event"
    folder.mkdir(parents=True)
    for number in range(501):
        (folder / f"file{number}").touch()
    ticks = iter((0.0, 100.0))
    (tmp_path / "set").mkdir()
    part = attachments_beyond(tmp_path, tmp_path / "set", Limit(15.0, clock=lambda: next(ticks)))
    assert part == Amount(number=500, why="500 files were looked at within 15 s")
    assert attachments_beyond(tmp_path, tmp_path, Limit()) == Amount(number=0)
    # A set that is not there any more, whose disk went away, does not make everything newer.
    with pytest.raises(FileNotFoundError):
        attachments_beyond(tmp_path, tmp_path / "away", Limit())
    away = replace(living.set, path=str(tmp_path / "away"))
    newer = {one.what: one.amount for one in living.compare("core", of=away).newer}
    assert newer["attachments"].number is None
    assert "is not there" in newer["accounts"].why


@alive
def test_the_plan_says_it_in_each_of_its_forms(living: Lived) -> None:
    def plan(*words: str) -> str:
        where = ["--practice", str(living.platform.folder)]
        done = CliRunner().invoke(cli, ["plan", "restore", *words, *where], obj={})
        assert done.exit_code == 0, done.output
        return done.output

    def all_there_is() -> tuple[object, ...]:
        hosts = living.site.discover().hosts
        containers = [(one.name, one.state, one.since) for host in hosts for one in host.containers]
        return seen(Path(living.settings.state)), living.platform.contents(), containers

    before = all_there_is()
    shown = json.loads(plan("latest", "--role", "core", "--json"))
    assert (shown["kind"], shown["roles"], shown["set"]) == ("restore", ["core"], living.set.id)
    first = shown["comparison"]["outcomes"][0]
    assert (first["chosen"], tuple(first["stranded"]["names"])) == (True, NEW)
    assert len(shown["plan"]) > 5
    listed = ", ".join(NEW)
    for form in ("text", "markdown", "shell"):
        text = plan("latest", "--role", "core", "--format", form)
        assert f"2 names ({listed}) stranded" in text
        assert f"2 accounts ({listed}) are gone" in text
        assert f"pryv-tui --practice {living.platform.folder} audit {living.set.id} --live" in text
        if form == "shell":
            assert all(line.startswith("#") for line in text.splitlines() if listed in line)
    assert all_there_is() == before, "stores are asked, and nothing is done"


def test_what_was_said_before_is_what_the_audit_finds_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The set's index names an account that was made while the dump was written, as the real
    services do it in any backup: it has no document, so nobody can log in after a restore."""
    lived = Lived(tmp_path / "platform", late=1)
    (late,), new = names(BORN), names(BORN + 1, BORN + 2)
    kept: dict[str, RoleNow] = {}
    ends: list[RunFinished] = []

    def restored(name: str, *roles: str) -> dict[str, tuple[str, ...] | None]:
        """What was said of that restore; and the live audit says the same when it is done."""
        found = lived.compare(*roles)
        kept.update({each.role: each for each in found.roles})
        events = perform(
            lived.settings, name, "restore", monkeypatch, set_id=lived.set.id, roles=roles
        )
        audit = audit_live(lived.site).found
        assert audit.not_checked == []
        ends.append(next(event for event in events if isinstance(event, RunFinished)))
        assert ends[-1].live is not None
        assert ends[-1].live.names == {
            key: audit.names(*key.split(".")) for key in ends[-1].live.counts
        }
        before = told(chosen(found))
        assert before["stranded"] == tuple(audit.names("accounts", "register_only"))
        assert before["exposed"] == tuple(audit.names("accounts", "core_only"))
        return before

    lived.platform.wipe("core")
    gone = lived.compare("core")
    assert stands(gone) == {"core": "gone", "register": "healthy", "static-web": "healthy"}
    assert [each.roles for each in gone.outcomes] == [("core",), ("core", "register")]
    assert {one.role for one in gone.newer} == {"register"}, "what is gone can't be asked"
    assert told(gone.outcomes[1]) == {"gone": new, "stranded": (late,), "exposed": ()}
    line, *_ = [each.text for each in lines_of(gone, ("core",)) if "freed" in each.text]
    assert restored("20260101T000001Z-aa", "core")["stranded"] == tuple(sorted((late, *new)))
    # The command that was named before is typed after it, and frees them name by name.
    words = shlex.split(completed(line, lived.settings.given).partition("pryv-tui ")[2])
    listed = CliRunner().invoke(cli, words, obj={})
    assert listed.exit_code == 3
    for name in (late, *new):
        assert f"/users/{name}?onlyReg=true" in listed.output

    # Life goes on: these two are in both. Then register is lost, with what it knew.
    lived.platform.grow(users=2)
    lived.platform.wipe("register")
    later = names(BORN + 3, BORN + 4)
    before = restored("20260101T000002Z-aa", "register")
    # Core's index has the one without a document as well: register knows it, and core doesn't.
    assert (before["exposed"], before["stranded"]) == (later, (late,))
    assert kept["register"].condition == "gone"

    # One who is in the set was erased on purpose meanwhile.
    erased = names(0)[0]
    root = lived.platform.folder / "hosts" / "register" / "root"
    RedisStore(root / "pryv/redis/data").append([["DEL", f"{erased}:users"]])
    before = restored("20260101T000003Z-aa", "core", "register")
    assert before == {"gone": later, "stranded": (late,), "exposed": ()}
    assert lived.platform.contents()["redis"]["users"] == BORN + 1
    newer = {(one.role, one.what): one.names for one in ends[-1].newer if one.what == "accounts"}
    assert newer == {("core", "accounts"): list(later), ("register", "accounts"): []}
    back = {one.role: one.back_names for one in ends[-1].newer if one.back}
    assert back == {"register": [erased]}
    assert any(f"({erased}) is there again" in line for line in newer_words(ends[-1].newer))
