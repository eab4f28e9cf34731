"""What remedies say of all, nothing, up and whole, in the state in which it is so, and in those in
which it is otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import Mount
from pryv_tui.operations.acceptance import NAME, Acceptable, accept, need_accepted, withdraw
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.restore import _release_line
from pryv_tui.operations.overview.overview import attention
from pryv_tui.operations.overview.serving import serving
from pryv_tui.operations.overview.serving_words import urgent_down
from pryv_tui.operations.plans.release import release_plan
from pryv_tui.operations.plans.verify import verify_plan
from pryv_tui.operations.root.aside import why_unseen
from pryv_tui.operations.root.stopped import save_first
from pryv_tui.operations.sets.missing_roles import Had, missing_roles
from pryv_tui.operations.sets.no_set import TAKE_ONE, way_to_one
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.stores.mongo_words import DumpWords
from pryv_tui.runs import start
from pryv_tui.runs.accepting import accept_keys
from pryv_tui.vault.sets import BackupSet, SetState
from tests.hosts.machines import StillHost, container, machine
from tests.operations.guards.guarded import root_in
from tests.operations.kit import (
    DOMAIN,
    context,
    deployed,
    host_state,
    manifest_of,
    part,
    set_of,
)
from tests.operations.overview.test_missing import START, rest, whole, without_core
from tests.remedies.kit import restore_lines

ONE = Acceptable(key="one", about="a", text="a warning")


def remedy_of(act: Callable[..., object], *given: Any, **named: Any) -> str:
    """What somebody is told to do by a refusal; empty where nothing is refused."""
    try:
        act(*given, **named)
    except PryvTuiError as error:
        return error.remedy
    return ""


# --- what was accepted, what goes on, what lies aside ---------------------------------------------


@pytest.mark.parametrize("then", ["never", "accepted", "withdrawn", "torn", "a later one", "away"])
def test_nothing_counts_as_accepted_is_said_where_nothing_does_and_what_was_not_read_is_named(
    tmp_path: Path, then: str
) -> None:
    lines = tmp_path / NAME
    if then in ("accepted", "withdrawn"):
        accept(tmp_path, ONE)
    if then == "withdrawn":
        withdraw(tmp_path, "one")
    if then == "torn":
        lines.write_bytes(b'{"event": "acc')
    if then == "a later one":
        lines.write_bytes(b'{"event": "accepted for a while"}\n')
    if then == "away":
        lines.mkdir()
    with pytest.raises(PryvTuiError) as caught:
        need_accepted(tmp_path, ("other",))
    told = caught.value
    assert "nothing called 'other' is accepted here" in told.what
    assert (told.remedy == "Nothing is accepted here now.") is (then != "accepted")
    assert ("was not read in full" in told.what) is (then in ("a later one", "away"))
    assert remedy_of(need_accepted, tmp_path, ("one",)) == (
        "" if then == "accepted" else "Nothing is accepted here now."
    )


def test_nothing_can_be_accepted_is_said_where_no_warning_is_shown(tmp_path: Path) -> None:
    ctx, _heard = context(tmp_path, StillHost("core"))
    none = remedy_of(accept_keys, ctx.site, ["other"], ())
    assert none == "Nothing can be accepted now. To see what there is: pryv-tui doctor"
    some = remedy_of(accept_keys, ctx.site, ["other"], (ONE,))
    assert some == "These can be: one" and "Nothing can be accepted" not in some


@pytest.mark.parametrize("state", ["starting", "running", "ended", "died"])
def test_nothing_is_to_be_cancelled_of_a_run_that_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Another one may go on: that is not said to be nothing."""
    now = SimpleNamespace(id="R", state=state, folder=str(tmp_path))
    monkeypatch.setattr(start, "resolve_run", lambda *_: now)
    monkeypatch.setattr(start, "read_run", lambda _: SimpleNamespace(state="ended"))
    told = remedy_of(start.cancel_run, tmp_path, "R")
    assert ("In that run there is nothing to cancel" in told) is (state in ("ended", "died"))
    assert "There is nothing to cancel" not in told


@pytest.mark.parametrize(
    ("folders", "unseen", "said"),
    [
        ({}, (), True),
        ({}, ("on core no root is found there now",), False),
        ({"core": ["/r/.pryv-tui/aside/R"]}, (), False),
        ({"core": ["/r/.pryv-tui/aside/R"]}, ("on register no root is found there now",), False),
    ],
)
def test_nothing_is_to_be_released_where_all_was_looked_for_and_none_is_there(
    folders: dict[str, list[str]], unseen: tuple[str, ...], said: bool
) -> None:
    told = remedy_of(release_plan, deployed("core"), run="R", folders=folders, unseen=unseen)
    assert ("That run has nothing to release" in told) is said
    assert bool(told) is not bool(folders)


@pytest.mark.parametrize("there", ["nothing", "a folder", "what is none"])
def test_what_can_not_be_looked_for_is_told_with_why(tmp_path: Path, there: str) -> None:
    own = tmp_path / ".pryv-tui"
    own.mkdir()
    if there == "a folder":
        (own / "aside/R").mkdir(parents=True)
    if there == "what is none":
        (own / "aside").touch()
    assert why_unseen(tmp_path).startswith(f"{own}/aside can't be read: ") is (
        there == "what is none"
    )


# --- roles and services ---------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["", "core"])
def test_a_role_has_to_be_set_up_anew_is_said_of_one_that_has_no_machine(host: str) -> None:
    found = serving(deployed("core"), answers={("core", "core"): ""})
    (up,) = found.roles
    down = msgspec.structs.replace(up, host=host, word="down")
    (item,) = urgent_down(
        msgspec.structs.replace(found, roles=(down,)), None, ("core",), (), calm=True
    )
    said = "Without any set it has to be installed again by the vendor's guide, and starts empty."
    assert item.remedy.endswith(said) is (not host)
    first = "Bring it back from a set that holds it, if there is one: pryv-tui list;"
    assert item.remedy.startswith(first) is (not host)
    assert (item.remedy == "See why: pryv-tui doctor") is bool(host)


def line_of(release: str | None, here: str | None) -> GuardLine:
    state = msgspec.structs.replace(host_state("core", "core"), release=here)
    return _release_line(state, release)


@pytest.mark.parametrize(
    ("release", "here", "said"),
    [("1.9.2", "1.9.2", False), ("1.9.1", "1.9.2", False), ("1.7.5", "1.9.2", True),
     (None, "1.9.2", False), ("1.9.2", None, False)],
)  # fmt: skip
def test_data_of_one_release_is_not_for_the_other_where_both_are_known_and_of_two_lines(
    release: str | None, here: str | None, said: bool
) -> None:
    line = line_of(release, here)
    words = "Bring up the set's release first: data of one release does not fit another."
    assert (line.remedy == words) is said is (line.outcome == "failed")


FIRST = "the restore then starts them as they are"
BY_HAND = "Start it by hand after the restore, the way it was started before."


@pytest.mark.parametrize(
    ("file", "here", "said"),
    [
        ("all", "all", ""),
        ("all", "all but one", ""),
        ("all but one", "all", ""),
        ("all but one", "all but one", BY_HAND),
        ("torn", "all", ""),
        ("torn", "all but one", FIRST),
    ],
)
def test_who_brings_a_container_up_is_said_where_the_restore_does_not(
    tmp_path: Path, file: str, here: str, said: str
) -> None:
    root = root_in(tmp_path)
    files = tmp_path / "vault/20260101T000000Z/core/files/pryv"
    files.mkdir(parents=True)
    every = machine("core", root=str(root))
    named = every[1:] if file == "all but one" else every
    lines = [f"  {one.service}: {{image: i, container_name: {one.name}}}" for one in named]
    whole = "\n".join(["services:", *lines])
    (files / "pryv.yml").write_text(whole[:-1] if file == "torn" else f"{whole}\n")
    running = every[1:] if here == "all but one" else every
    manifest = manifest_of(part("core", "core"), practice=True)
    found = restore_lines(tmp_path, manifest, StillHost("core", running, root=root))
    told = "\n".join(line.remedy for line in found if line.name == "compose files core")
    assert (BY_HAND in told) is (said == BY_HAND)
    assert (FIRST in told) is (said == FIRST)
    assert ("Bring these containers up first" in told) is (said == FIRST)


# --- roles that are lost --------------------------------------------------------------------------


def lacking(folder: Path, how: str) -> Any:
    """A machine of core, and what is seen of it: its files, none of them, or another machine."""
    root = root_in(folder)
    if how != "core":
        (root / "pryv/core/conf").rename(folder / "away")
    hosts = [StillHost("core", machine("core", root=str(root)), root=root)]
    (folder / "web/pryv/nginx/conf").mkdir(parents=True)
    (folder / "web/pryv/nginx/conf/x").touch()
    web = machine("static-web", root=str(folder / "web"))
    hosts.append(StillHost("web", web, root=folder / "web"))
    if how == "another machine is away":
        away = PryvTuiError("engine-unreachable", "no engine", "Start it.")
        hosts.append(StillHost("two", problem=away))
    ctx, _heard = context(folder, *hosts, deployment=discover(hosts, domain=DOMAIN))
    return ctx.site


@pytest.mark.parametrize("how", ["core", "nothing of core", "another machine is away"])
def test_a_role_is_lost_is_said_where_no_machine_can_have_it(tmp_path: Path, how: str) -> None:
    told = way_to_one(lacking(tmp_path, how))
    lost = "core is lost, and a backup taken now would not hold it"
    assert (lost in told) is (how == "nothing of core")
    assert told == {"core": TAKE_ONE, "another machine is away": "Start it."}.get(how, told)


NOTE = "moved away on purpose, nothing has to be done: after 30 days of backups"
MEANT = "If that is intended, nothing has to be done; else bring it back: "


@pytest.mark.parametrize(
    ("sets", "had", "said"),
    [
        # Core is in the last backup; in one before; in one that is long ago.
        ([whole(1)], None, ""),
        ([whole(1), rest(2)], None, NOTE),
        ([whole(1), rest(2), rest(40)], None, MEANT),
        # No set holds it, and it was here: it is known when, or nobody ever looked.
        ([rest(2)], START, NOTE),
        ([rest(2), rest(40)], START, MEANT),
        ([rest(2), rest(40)], "some time", ""),
    ],
)
def test_nothing_has_to_be_done_is_said_of_what_becomes_a_note_by_itself_or_is_one(
    sets: list[BackupSet], had: datetime | str | None, said: str
) -> None:
    here = without_core()
    last = had if isinstance(had, datetime) else None
    known = {} if had is None else {"core": Had("it was here", ("single",), last, "restore it")}
    missing = missing_roles(here, sets, practice=False, had=known)
    items = attention(here, tuple(sets), sets[-1], missing=missing)
    (item,) = [one for one in items if one.of_roles or one.remedy.startswith(MEANT)]
    assert (NOTE in item.remedy) is (said == NOTE)
    assert item.remedy.startswith(MEANT) is (said == MEANT) is (item.level == "info")


DUMPED = "2026-01-01T00:00:00.000+0000\tdone dumping pryv-node.events (3 documents)"


# --- sets and stores ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["partial", "damaged", "complete"])
@pytest.mark.parametrize("by", ["a run", "a command"])
def test_it_is_no_complete_set_is_said_of_one_that_was_broken_off(
    tmp_path: Path, state: SetState, by: str
) -> None:
    whole = set_of(manifest_of(part("core", "core")), str(tmp_path))
    backup = msgspec.structs.replace(
        whole, state=state, manifest=whole.manifest if state == "complete" else None
    )
    words = "It is not a complete set: nothing says what it should hold."
    if by == "a run":
        told = remedy_of(verify_plan, backup)
    else:
        ctx, _heard = context(tmp_path, StillHost("core"))
        told = remedy_of(verify_set, ctx.site.vault, backup)
    assert told.startswith(words) is (state == "partial")


@pytest.mark.parametrize(
    ("lines", "code", "files", "said"),
    [
        ([], 0, [], True),
        ([], 0, ["events"], False),
        ([DUMPED], 0, [], False),
        ([], 1, [], False),
    ],
)  # fmt: skip
def test_there_is_none_to_back_up_is_asked_of_a_database_that_holds_no_collection(
    lines: list[str], code: int, files: list[str], said: bool
) -> None:
    words = DumpWords()
    for line in lines:
        words("stderr", line)
    told = remedy_of(words.judge, code, files)
    assert ("If there is no account yet, there is none to back up." in told) is said
    assert ("restore a set that has them" in told) is said


@pytest.mark.parametrize(
    ("service", "inside", "folder", "former", "said"),
    [
        ("mongodb", "/app/data", "pryv/mongodb/data", "", True),
        ("mongodb", "/app/data", "pryv/mongodb/data", "/former", False),
        # Logs and configuration are written again; Redis is saved by its restart.
        ("mongodb", "/app/log", "pryv/mongodb/log", "", False),
        ("redis", "/app/data", "pryv/redis/data", "", False),
    ],
)
def test_what_is_in_no_other_file_is_said_of_data_to_which_no_path_leads(
    service: str, inside: str, folder: str, former: str, said: bool
) -> None:
    state = host_state("h", "core", "register", root="/var/pryv")
    engine: Any = SimpleNamespace(former=lambda *_given: former)
    one = container(service, mounts={inside: folder})
    told = save_first(engine, one, Mount(f"/var/pryv/{folder}", inside), state, practice=False)
    assert ("Data that is in no other file may be lost when the container stops." in told) is said
    assert ("No path here leads to the folder that it writes to" in told) is said
    assert (f"Its data is in {former}" in told) is bool(former)
