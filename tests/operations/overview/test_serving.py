"""Whether a role is up is told by what its users need, not by what exists."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.activity import Doing, GoingOn
from pryv_tui.operations.overview.no_set import NO_SET, no_set
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.overview.serving import Known, Serving, serving
from pryv_tui.operations.overview.serving_words import (
    down_words,
    role_words,
    serving_attention,
    silent_attention,
)
from pryv_tui.platform.roles import ROLES
from pryv_tui.platform.services import UNNOTICED
from pryv_tui.tui.text.overview import container_rows, summary
from pryv_tui.vault.sets import BackupSet
from tests.operations.kit import deployed, manifest_of, part, set_of
from tests.operations.overview.served import AT, SINCE, changed, role, without

ANSWERED = {("single-node", "core"): "", ("single-node", "register"): ""}


def words(found: Serving) -> dict[str, str]:
    return {state.role: state.word for state in found.roles}


def platform_line(found: Deployment, **more: Any) -> str:
    """The overview's line; it says `up` of nothing else than what is up."""
    over = Overview(deployment=found, sets=(), last=None, attention=(), **more)
    line = summary(over).plain.splitlines()[0]
    assert ("● up" in line) is (over.serving.word == "up")
    return line


def test_up_is_what_runs_and_answers() -> None:
    single = deployed("single-node")
    assert set(words(serving(single, answers=ANSWERED)).values()) == {"up"}
    assert "● up" in platform_line(single, answers=ANSWERED)
    # Whether it answers is not known before it was asked.
    assert words(serving(single)) == {"core": "runs", "register": "runs", "static-web": "up"}
    assert "● runs" in platform_line(single)
    wrong = {**ANSWERED, ("single-node", "core"): "it says 502"}
    assert role(serving(single, answers=wrong), "core").word == "silent"
    (item,) = silent_attention(serving(single, answers=wrong))
    assert "core runs, but does not answer" in item.text and "502" in item.text
    assert "no answer" in platform_line(single, answers=wrong)


@pytest.mark.parametrize(
    ("name", "service"),
    [(name, service) for name, role_ in ROLES.items() for service in sorted(role_.needed)],
)
def test_a_role_without_what_it_needs_is_down(name: str, service: str) -> None:
    """Removed, not stopped, and each other way not to do its work."""
    single = deployed("single-node")
    for found, why in (
        (without(single, service), "absent"),
        (changed(single, service, state="exited"), "exited"),
        (changed(single, service, state="paused"), "paused"),
        (changed(single, service, state="restarting"), "restarting"),
        (changed(single, service, state="created"), "created"),
        (changed(single, service, health="unhealthy"), "unhealthy"),
        (changed(single, service, restarts=9, since=AT.isoformat()), "restarting"),
    ):
        # Only its container, or the marks of the role, may tell that the role is here.
        state = role(serving(found, answers=ANSWERED, at=AT), name)
        assert state.word == "down"
        assert [(lack.service, lack.why) for lack in state.lacks] == [(service, why)]
        line = platform_line(found, answers=ANSWERED)
        if why != "restarting":  # a loop is told by the clock, which goes on
            assert "✗ down" in line and service in line
            assert len(line) <= 110


def test_what_is_removed_is_told_though_all_that_exists_runs() -> None:
    found = without(deployed("single-node"), "core")
    assert all(c.running for state in found.hosts for c in state.containers)
    (item,) = serving_attention(serving(found), found)
    assert "the container of core is not there" in item.text and "the API is down" in item.text
    rows = [text.plain for _, text, _ in container_rows(found, serving=serving(found))]
    assert any("✗ not there" in row and "core" in row for row in rows)
    (core,) = [n for n, row in enumerate(rows) if row.startswith(" Core on single-node, down, ")]
    # The count is of what stands below it.
    following = next(n for n, row in enumerate(rows) if n > core and " on single-node, " in row)
    below = following - core - 1
    assert rows[core].endswith(f", {below - 1} of {below} run")
    # Where the role is told as gone, or is coming back, that says it.
    assert serving_attention(serving(found), found, but={"core"}) == []


def test_what_is_missing_on_two_hosts_has_a_row_of_each() -> None:
    found = deployed("core", "register", "static-web")
    for service in ("nginx", "core", "register"):
        found = without(found, service)
    rows = container_rows(found, serving=serving(found))
    assert len([text for _, text, _ in rows if "not there" in text.plain]) >= 3
    ids = [name for name, _, _ in rows]
    assert len(set(ids)) == len(ids)
    away = [name for name in ids if name.endswith("/absent/nginx")]
    assert len(away) > 1, "each names its host"


def test_a_part_that_does_not_run_is_a_part() -> None:
    single = deployed("single-node")
    for service in ("mfa", "hfs", "influxdb", "mail", "dns"):
        found = serving(changed(single, service, state="exited"), answers=ANSWERED)
        assert found.word == "partly"
        assert "partly up" in platform_line(changed(single, service, state="exited"))
        assert any("up in part" in words for words in map(role_words, found.roles))
    for service in UNNOTICED:
        found = serving(changed(single, service, state="exited"), answers=ANSWERED)
        assert found.word == "up"
        assert not any("up in part" in words for words in map(role_words, found.roles))
        assert "partly up" not in platform_line(changed(single, service, state="exited"))


def test_a_part_that_was_removed_is_known_by_the_last_set() -> None:
    newest = set_of(manifest_of(part("single-node", "core", "register", "static-web")))
    found = without(deployed("single-node"), "hfs")
    assert serving(found, answers=ANSWERED).word == "up", "not every release has it"
    state = role(serving(found, newest=newest, answers=ANSWERED), "core")
    assert (state.word, [lack.service for lack in state.lacks]) == ("partly", ["hfs"])


def test_one_of_two_cores() -> None:
    two = deployed("core", "register")
    first, register = two.hosts
    second = msgspec.structs.replace(first, name="co2")
    both = msgspec.structs.replace(two, hosts=(first, second, register))
    down = changed(
        msgspec.structs.replace(two, hosts=(second,)), "mongodb", state="exited", since=SINCE
    )
    found = msgspec.structs.replace(both, hosts=(first, *down.hosts, register))
    answers = {("core", "core"): "", ("co2", "core"): "", ("register", "register"): ""}
    assert serving(both, answers=answers).word == "up"
    told = serving(found, answers=answers)
    assert [(state.host, state.word) for state in told.roles] == [
        ("core", "up"),
        ("co2", "down"),
        ("register", "up"),
    ]
    assert told.elsewhere == ("static-web",)
    line = platform_line(found, answers=answers)
    assert "core on co2" in line and "mongodb is stopped" in line


def test_what_can_t_be_known_is_neither_up_nor_lost() -> None:
    two = deployed("core", "register")
    core, register = two.hosts
    away = msgspec.structs.replace(register, reachable=False, containers=(), roles=())
    found = msgspec.structs.replace(two, hosts=(core, away))
    told = serving(found, answers={("core", "core"): ""})
    assert told.word == "not_known" and told.away == ("register",)
    line = platform_line(found, answers={("core", "core"): ""})
    assert "not known" in line and "register" in line
    # A role of another machine that is not declared here.
    alone = msgspec.structs.replace(two, hosts=(core,))
    assert serving(alone).elsewhere == ("register", "static-web")
    line = platform_line(alone, answers={("core", "core"): ""})
    assert "● up" in line and "not here: register, static-web" in line
    # One whose files are there though its engine does not answer.
    still = msgspec.structs.replace(register, reachable=False, containers=())
    found = msgspec.structs.replace(two, hosts=(core, still))
    assert role(serving(found), "register").word == "not_known"


def test_what_may_be_down_for_longer_is_said_to_be() -> None:
    """A restore that failed leaves containers that were made and never started."""
    single = changed(deployed("single-node"), "nginx", state="exited", since=SINCE)
    assert "before" not in down_words(serving(single), AT)
    for state in ("created", "paused"):
        found = serving(changed(single, "core", state=state, since=""))
        assert down_words(found, AT).endswith("since 11:02:10 UTC (40 s) or before")
        assert "(40 seconds ago) or before: " in role_words(role(found, "core"), AT)
        assert "before" not in role_words(role(found, "register"), AT)


def test_what_a_run_holds_is_down_and_since_when() -> None:
    single = changed(deployed("single-node"), "core", state="exited", since=SINCE)
    held = frozenset({("single-node", "pryvio_core"), ("single-node", "pryvio_register")})
    going = GoingOn(run="R", kind="restore", held=held)
    state = role(serving(single, doing=(going,), answers=ANSWERED), "core")
    assert (state.word, state.since, state.held_by) == ("down", SINCE, "R")
    said = role_words(state, AT)
    assert "is down since 11:02:10 UTC (40 seconds ago): core is stopped; by the run R" in said
    told = serving(single, doing=(going,))
    assert down_words(told, AT, by="R") == "core since 11:02:10 UTC (40 s)"
    assert down_words(told, AT, by="another") == ""
    line = platform_line(single, going_on=going)
    assert "▶ down" in line and "11:02:10 UTC" in line and "restore" in line
    assert serving_attention(serving(single, doing=(going,)), single) == []
    # Paused: no engine tells since when, the run's own journal does.
    paused = changed(single, "register", state="paused", since="2026-01-01T00:00:00Z")
    written = {("single-node", "pryvio_register"): "2026-01-15T11:02:00Z"}
    left = Doing(run="R", held=held, down_at=written)
    register = role(serving(paused, doing=(left,)), "register")
    assert register.since == "2026-01-15T11:02:00Z"
    assert role(serving(paused), "register").since == ""
    # Something else is down too: then not by the run alone.
    also = changed(single, "mongodb", state="exited", since="2026-01-15T10:00:00Z")
    state = role(serving(also, doing=(going,)), "core")
    assert (state.held_by, state.since) == ("", "2026-01-15T10:00:00Z")
    assert "✗ down" in platform_line(also, going_on=going)


def test_each_need_is_a_service_of_its_role() -> None:
    for each in ROLES.values():
        assert each.needed <= set(each.services)
        assert not UNNOTICED & each.needed


def test_a_vault_with_damaged_sets_alone_is_not_told_to_be_empty() -> None:
    damaged = BackupSet(id="20260101T020000Z", path="/v/x", state="damaged")
    assert no_set(()) is NO_SET
    assert no_set([msgspec.structs.replace(damaged, state="partial")]) is NO_SET
    item = no_set([damaged])
    assert item.text == "No set of the vault can be restored here: 1 is damaged."
    over = Overview(deployment=deployed("core"), sets=(damaged,), last=None, attention=())
    (line,) = [one for one in summary(over).plain.splitlines() if "Last backup" in one]
    assert "none that is whole" in line and "1 set is damaged" in line


LOST_AT = "2026-03-04T10:30:00.000Z"
RESTORE = GoingOn(run="R", kind="restore", roles=frozenset({"core"}))


def lacking_core(**more: Any) -> Overview:
    """Core is gone altogether; all that is left runs and answers."""
    left = deployed("register", "static-web")
    answers = dict.fromkeys([*ANSWERED, ("register", "register"), ("static-web", "nginx")], "")
    return Overview(deployment=left, sets=(), last=None, attention=(), answers=answers, **more)


def shown(found: Overview) -> str:
    return summary(found, 80).plain


def test_a_role_that_is_being_brought_back_is_down_until_it_is_there() -> None:
    back = lacking_core(going_on=RESTORE, coming={"core": "core"})
    assert "● up" in shown(lacking_core()), "where nobody knows of a loss it may be elsewhere"
    for known in ({}, {"core": Known(LOST_AT)}):
        told = back.knowing(known)
        assert "✗ down" in shown(told) and "nothing urgent" not in shown(told)
        assert "not here: core" not in shown(told)
        assert ("10:30" in shown(told)) == bool(known)
        (item, *_) = told.attention
        assert (item.level, item.remedy) == ("failed", "Follow it: pryv-tui attach R")


def test_what_an_open_incident_knows_to_be_down_is_never_up_nor_nothing_urgent() -> None:
    """Also where no set tells that it is lost, as with a vault that is away."""
    told = lacking_core().knowing({"core": Known(LOST_AT)})
    assert "✗ down" in shown(told) and "nothing urgent" not in shown(told)
    (item,) = told.attention
    assert "core since" in item.text and item.level == "failed"
    serves = lacking_core().knowing({"register": Known(LOST_AT)})
    assert serves.attention == () and "● up" in shown(serves)


def test_what_is_not_here_is_not_cut() -> None:
    line = next(one for one in shown(lacking_core()).splitlines() if "Platform" in one)
    assert "not here: core" in line[:80]
