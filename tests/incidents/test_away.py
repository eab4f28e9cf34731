"""What may be a loss if it stays so opens an incident when it has stayed so, and never twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from pryv_tui.clock import moment_of, timestamp, utc_now
from pryv_tui.hosts.deployment import HostState
from pryv_tui.incidents.acts import close
from pryv_tui.incidents.away import (
    STAYS,
    UNBROKEN,
    Away,
    followed,
    is_of,
    keep_away,
    read_away,
    stays,
)
from pryv_tui.incidents.events import Lost, Opened, Serving
from pryv_tui.incidents.facts import Mark, RunFacts
from pryv_tui.incidents.files import all_incidents
from pryv_tui.incidents.gathering import Told, gather
from pryv_tui.incidents.incident import incident_of
from pryv_tui.incidents.looking import notice
from pryv_tui.incidents.parts import away_now, parts_gone
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.page import page
from pryv_tui.incidents.words import SHORT, short, state_words
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.platform.roles import RoleName
from pryv_tui.runs.recovery import FirstLook, first_look
from tests.helpers import copied
from tests.journeys.performing import perform
from tests.operations.kit import host_state, manifest_of, part, platform_of, set_of

CORE = Away(role="core", host="co1", kind="engine")
START = "2026-11-29T09:00:00.000Z"


def at(after: timedelta) -> str:
    moment = moment_of(START)
    assert moment is not None
    return timestamp(moment + after)


def looked(*after: timedelta, seen: bool = True) -> tuple[Away, ...]:
    """What is kept after looks so long after the first."""
    kept: tuple[Away, ...] = ()
    for each in after:
        kept = followed(kept, [CORE] if seen else [], at(each))
    return kept


NONE = timedelta()


def test_it_counts_once_it_has_stayed_so_for_longer_than_a_machine_takes_to_start() -> None:
    (once,) = looked(NONE)
    assert not stays(once)
    (soon,) = looked(NONE, STAYS - timedelta(seconds=1))
    assert not stays(soon)
    (then,) = looked(NONE, STAYS / 2, STAYS)
    assert stays(then)
    assert then.since == START
    # Nobody looked in between: it counts, and since when is not told by the first look.
    (days,) = looked(NONE, timedelta(days=2))
    assert stays(days)
    assert days.since == at(timedelta(days=2))
    (chain,) = looked(NONE, UNBROKEN, 2 * UNBROKEN)
    assert chain.since == START


def test_what_answered_in_between_begins_anew() -> None:
    kept = followed(followed(looked(NONE), [], at(STAYS / 2)), [CORE], at(2 * STAYS))
    assert not any(map(stays, kept))
    # A clock that went back, and words that are no time, tell nothing of how long.
    (back,) = followed(looked(2 * STAYS), [CORE], START)
    assert back.first == START
    (odd,) = followed([replace(CORE, first="never", last="never")], [CORE], at(STAYS))
    assert not stays(odd)
    other = replace(CORE, host="co2")
    assert not any(map(stays, followed(looked(NONE), [other], at(2 * STAYS))))


def test_two_platforms_of_one_engine_are_told_apart() -> None:
    mine = replace(CORE, platform="p", domain="a.example")
    assert is_of(mine, "p", "a.example")
    assert is_of(mine, "p", ""), "while nothing tells the domain"
    assert is_of(replace(mine, domain=""), "p", "a.example")
    assert not is_of(mine, "p", "b.example")
    assert not is_of(mine, "q", "a.example")


@pytest.mark.parametrize("content", [b"", b"{", b'{"away": 3}', b'{"away": [{"role": 1}]}'])
def test_a_file_that_can_not_be_read_begins_anew(tmp_path: Path, content: bytes) -> None:
    assert read_away(tmp_path) == ()
    keep_away(tmp_path, looked(NONE))
    assert read_away(tmp_path) == looked(NONE)
    (tmp_path / "away.json").write_bytes(content)
    assert read_away(tmp_path) == ()


# One of several cores.


def test_one_core_of_two_that_is_gone_is_found_and_a_core_that_moved_is_not() -> None:
    two = set_of(manifest_of(part("co1", "core"), part("co2", "core"), part("reg", "register")))
    one = set_of(manifest_of(part("co1", "core"), part("reg", "register"), id="20260102T000000Z"))

    def holding(name: str, *roles: RoleName) -> HostState:
        """A machine whose root can't be looked into: its containers tell its roles."""
        return replace(host_state(name, *roles), root_exists=False)

    reg = holding("reg", "register")
    lost = platform_of(host_state("co1"), holding("co2", "core"), reg)
    (found,) = parts_gone(lost, [two])
    assert (found.role, found.host, found.holder) == ("core", "co1", two)
    # A backup that was taken after the loss does not hold it, and takes nothing back.
    after = set_of(manifest_of(part("co2", "core"), part("reg", "register"), id="20260103T000000Z"))
    assert [each.host for each in parts_gone(lost, [two, after])] == ["co1"]
    assert parts_gone(lost, [one, after]) == [], "one core, which is on another machine now"
    both = platform_of(holding("co1", "core"), holding("co2", "core"), reg)
    assert parts_gone(both, [two]) == []
    neither = platform_of(host_state("co1"), host_state("co2"), reg)
    assert parts_gone(neither, [two]) == [], "the whole role is gone: that is told apart"
    silent = platform_of(replace(host_state("co1"), reachable=False), holding("co2", "core"), reg)
    assert parts_gone(silent, [two]) == [], "nobody knows what is on it"
    assert {(one.host, one.role, one.kind) for one in away_now(silent, [two])} == {
        ("co1", "core", "engine")
    }


# On a platform.


class Looked:
    """A practice cluster with a backup, looked at as if something of it were away."""

    def __init__(self, folder: Path) -> None:
        copied.new(folder, form="cluster", users=1, attachments=1)
        self.settings = resolve_settings(practice=str(folder), environment={})
        with pytest.MonkeyPatch.context() as patch:
            perform(self.settings, "20260101T000000Z-aa", "backup", patch)
        self.state = Path(self.settings.state)

    @property
    def site(self) -> Site:
        return open_site(self.settings)

    def look(self, core: HostState | None = None, doing: GoingOn | None = None) -> FirstLook:
        found = first_look(self.site)
        overview = found.overview
        hosts = tuple(
            core if core is not None and one.name == core.name else one
            for one in overview.deployment.hosts
        )
        deployment = replace(overview.deployment, hosts=hosts)
        return replace(found, overview=replace(overview, deployment=deployment, going_on=doing))

    @property
    def core(self) -> HostState:
        (found,) = self.site.discover().hosts_of("core")
        return found

    def notice(self, core: HostState | None = None, doing: GoingOn | None = None) -> str:
        """Somebody looks; the line of the incident."""
        standing = notice(self.site, self.look(core, doing))
        assert not standing.problem
        return "\n".join(standing.lines)

    def passes(self, time: timedelta) -> None:
        """So much time goes by."""

        def older(text: str) -> str:
            moment = moment_of(text)
            assert moment is not None
            return timestamp(moment - time)

        keep_away(self.state, [
            replace(one, first=older(one.first), since=older(one.since), last=older(one.last))
            for one in read_away(self.state)
        ])  # fmt: skip


@pytest.fixture
def cluster(tmp_path: Path) -> Looked:
    return Looked(tmp_path / "p")


def test_what_stays_away_is_one_incident_until_it_is_there_again(cluster: Looked) -> None:
    silent = replace(cluster.core, reachable=False, problem="no answer", containers=(), roles=())
    assert cluster.notice() == ""
    stopped = replace(
        cluster.core,
        containers=tuple(replace(one, state="exited") for one in cluster.core.containers),
    )
    assert cluster.notice(stopped) == "", "somebody has stopped them: they are there"
    assert not (cluster.state / "away.json").exists(), "a look at what is well writes nothing"
    # It starts again: one look finds it silent, a later one finds it there.
    assert cluster.notice(silent) == ""
    cluster.passes(STAYS / 2)
    assert cluster.notice(silent) == ""
    assert cluster.notice() == ""
    cluster.passes(STAYS)
    assert (cluster.notice(silent), all_incidents(cluster.state)) == ("", [])
    # A run that goes on may be why; nothing is new meanwhile.
    cluster.passes(STAYS)
    going = GoingOn(run="r", kind="restart", roles=frozenset({"core"}))
    assert (cluster.notice(silent, going), all_incidents(cluster.state)) == ("", [])

    line = cluster.notice(silent)
    (one,) = all_incidents(cluster.state)
    assert (one.roles, one.text) == (("core",), "core: the engine of core does not answer")
    assert "core is not known to serve since before" in line
    for days in (0, 400):
        later = timestamp(utc_now() + timedelta(days=days))
        known = gather(cluster.state, one, later)
        (loss,) = known.incident.losses
        three = tuple(replace(loss, role=role) for role in ("core", "register", "static-web"))
        more = replace(known.incident, losses=three)
        shown = short(known._replace(incident=more, times=reckon(more, (), later)), timestamp())
        assert len(shown) < SHORT, shown
        assert shown.startswith("Incident: core")
        assert "not known to serve at least" in shown
    assert " down" not in line and "lost" not in line, "nobody could ask"
    assert one.losses[0].set == cluster.site.vault.sets()[0].id
    told = page(gather(cluster.state, one), now=timestamp(), by="me", tool="1")
    pairs = dict(told.sections[0].pairs)
    assert (pairs["Not known to serve"], "Lost" in pairs) == ("core", False)
    cluster.passes(STAYS)
    assert cluster.notice(silent)
    assert all_incidents(cluster.state) == [one], "it is seen, and not again"

    # The engine answers: its containers are gone. It is the same loss, and now it is known.
    bare = replace(cluster.core, containers=())
    cluster.notice(bare)
    cluster.passes(STAYS)
    assert "core is down since" in cluster.notice(bare)
    (one,) = all_incidents(cluster.state)
    # What nobody knew is no downtime: that begins when it was seen.
    times = gather(cluster.state, one).times
    assert [span.doubted for span in times.down["core"].spans] == [False]
    assert times.doubted == ()
    assert [(loss.why, loss.doubt) for loss in one.losses] == [
        ("its containers on core are gone, but its data is there", False)
    ]
    # Closed as it is, no other one opens for that.
    close(cluster.settings, "it is known")
    assert cluster.notice(bare) == ""
    assert len(all_incidents(cluster.state)) == 1
    # It serves again; away once more, it is another loss.
    assert cluster.notice() == ""
    assert read_away(cluster.state) == ()
    cluster.notice(bare)
    cluster.passes(STAYS)
    assert "core is down since" in cluster.notice(bare)
    assert len(all_incidents(cluster.state)) == 2


def test_what_only_could_not_be_asked_is_never_said_to_have_been_down() -> None:
    """Its engine answers again, and its containers have run all the time."""
    silent = Lost(role="core", time=at(STAYS), since=START, doubt=True, at_least=True, why="silent")
    told = incident_of("20261129T091500Z-incident-0001", "/", [Opened(time=at(STAYS)), silent])
    open_one = reckon(told, (), at(2 * STAYS))
    assert (open_one.doubted, open_one.any_down.doubted) == (("core",), True)
    assert "core is not known to serve since before" in state_words(Told(told, (), open_one, ""))
    back = Serving(role="core", time=at(2 * STAYS), since="2026-11-01T00:00:00Z")
    told = incident_of(told.id, "/", [Opened(time=at(STAYS)), silent, back])
    over = reckon(told, (), at(3 * STAYS))
    assert over.down["core"].doubted
    assert "was not known to serve for at least 30 min" in state_words(Told(told, (), over, ""))
    assert " down" not in state_words(Told(told, (), over, ""))
    # A run that stops it meanwhile does so; up to there nobody knows.
    stop = Mark(time=at(STAYS * 1.5), role="core", cause="co1/pryvio_core", down=True)
    run = RunFacts(id="r", kind="stop", state="ended", asked=at(STAYS * 1.5), marks=(stop,))
    both = reckon(
        incident_of(told.id, "/", [Opened(time=at(STAYS)), silent]), (run,), at(2 * STAYS)
    )
    assert [span.doubted for span in both.down["core"].spans] == [True, False]
    assert both.doubted == ()
    assert not both.any_down.doubted
    assert "core is down since" in state_words(Told(told, (), both, ""))
