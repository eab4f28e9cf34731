"""What is said of sets, of what a run left and of what a page shows: where it is so, and where it
is otherwise."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.from_set import NotChecked
from pryv_tui.operations.audit.table import write_csv
from pryv_tui.operations.comparing.model import Condition, RoleNow, ticked
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.steps.bringing_back.bring_files import BringFiles
from pryv_tui.operations.steps.drilling import erased_since
from pryv_tui.operations.steps.services import start_services
from pryv_tui.operations.steps.services.start_services import StartServices
from pryv_tui.operations.steps.sets.check_set import CheckSet
from pryv_tui.operations.steps.taking.audit_gap import AuditGap
from pryv_tui.platform.gap import Moment
from pryv_tui.runs.left import unread
from pryv_tui.runs.record.events import OwedNoted, RunStarted
from pryv_tui.runs.record.history import RunRecord, debts_of
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.tui.text.audit import SHOWN, audit_text
from pryv_tui.tui.text.comparing import ticked_words
from pryv_tui.tui.text.sets import set_row
from pryv_tui.vault.sets import SetState
from tests.claims.test_made_false import audit
from tests.hosts.machines import StillHost, machine
from tests.operations.guards.based import Platform
from tests.operations.kit import SET, context, host_state, manifest_of, part, platform_of, set_of
from tests.operations.sets import test_strangers as strangers
from tests.operations.sets.test_unexplained import DATA, DUMPED, OLD, folder

# --- what lies in a set and in no list of it ------------------------------------------------------

platform = strangers.platform
PLANTED = [[], ["planted"], [".DS_Store"], ["planted", ".DS_Store", "._file0"]]


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_in_none_of_a_sets_lists_is_named_and_not_restored(
    platform: Platform, tmp_path: Path, planted: list[str]
) -> None:
    """What is in one of them is restored, and not named so."""
    for name in planted:
        strangers.put(strangers.files_of(platform), name)
    root, heard = strangers.restored(platform, tmp_path)
    assert strangers.names(root) == strangers.names(platform.root)
    said = "is in none of the set's lists"
    warned = [text for level, text in heard.notes if level == "warning" and said in text]
    noted = [text for level, text in heard.notes if level == "info" and said in text]
    usual = [name for name in planted if name != "planted"]
    assert (len(warned), len(noted)) == (planted.count("planted"), len(usual))
    assert all("/planted" in text and "See what it is: " in text for text in warned)
    assert not any("See what it is" in text for text in noted)
    told = " ".join([*warned, *noted])
    assert "data/file0 " not in told and ("in none of the set's lists" not in told) is (not planted)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_check_names_what_is_in_none_of_the_lists(platform: Platform, planted: list[str]) -> None:
    for name in planted:
        strangers.put(strangers.files_of(platform), name)
    ctx, heard = platform.context()
    CheckSet(host="", set_id=strangers.newest(platform).id).perform(ctx)
    told = [text for _, text in heard.notes]
    head = f"In none of the set's lists, and so not restored ({len(planted)}):"
    assert [text for text in told if "In none of the set's lists, and so not restored" in text] == (
        [head] if planted else []
    )
    odd = [
        text
        for text in told
        if text.endswith("is in none of the set's lists, so it is not restored")
    ]
    assert len(odd) == planted.count("planted")
    assert not any("data/file0 " in text for text in odd)


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("pryv/core/data/file0", 1), ("pryv/core/data", 5), ("*file*", 5), ("empty", 0),
        ("nowhere", 0), ("pryv/core/data/planted", 0), ("link", 0),
    ],
)  # fmt: skip
def test_no_file_is_meant_only_where_no_listed_one_has_that_name(
    platform: Platform, tmp_path: Path, pattern: str, files: int
) -> None:
    """A folder without files, a link and what is in no list are no files of the set."""
    strangers.put(strangers.files_of(platform), "pryv/core/data/planted")
    source, ctx = strangers.newest(platform).folder / strangers.HOST, platform.context()[0]
    (source / "files/empty").mkdir()
    step = BringFiles(
        host="single-node", source=str(source), target=str(tmp_path / "brought"), files=files,
        bytes=0, patterns=(pattern,),
    )  # fmt: skip
    said = ""
    try:
        step.perform(ctx)
    except PryvTuiError as error:
        said = error.what
    assert ("no file of single-node in the set matches" in said) is (not files)
    brought = [one for one in (tmp_path / "brought").rglob("*") if one.is_file()]
    assert len(brought) >= files and bool(brought) is bool(files)


@pytest.mark.parametrize("rest", ["other/x.partial", "brought", "kept.partial"])
def test_what_is_not_removed_before_files_are_brought_is_not_said_to_be_left_by_no_run(
    platform: Platform, tmp_path: Path, rest: str
) -> None:
    """Another folder's rest is one that a run left, too."""
    source = strangers.newest(platform).folder / strangers.HOST
    place = tmp_path / rest
    place.mkdir(parents=True, exist_ok=True)
    step = BringFiles(
        host="single-node", source=str(source), target=str(tmp_path / "to"), files=1, bytes=0,
        patterns=("pryv/core/data/file0",), rests=(str(place),),
    )  # fmt: skip
    said = ""
    try:
        step.perform(platform.context()[0])
    except PryvTuiError as error:
        said = error.what
    ours = rest == "kept.partial"
    assert (f"{place} is not removed: it is not a .partial folder beside" in said) is (not ours)
    assert place.exists() is (not ours) and "nothing that a run left" not in said


@pytest.mark.parametrize("state", get_args(SetState))
@pytest.mark.parametrize("described", [True, False])
@pytest.mark.parametrize("problem", ["its set.json is torn", ""])
def test_a_set_says_nothing_of_itself_where_it_has_no_description(
    problem: str, described: bool, state: SetState
) -> None:
    """One that is described may be damaged, and nobody may have said how."""
    found = msgspec.structs.replace(
        set_of(manifest_of(part("core", "core"))), state=state, problem=problem
    )
    if not described:
        found = msgspec.structs.replace(found, manifest=None)
    row = set_row(found).plain
    refused = not described or state != "complete"
    assert ("it says nothing of itself" in row) is (refused and not described and not problem)
    assert (f"it is {state}" in row) is (refused and described and not problem)
    assert (f"can't be restored: {problem}" in row) is refused


# --- what lacks its other half --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "moments", "said"),
    [(-3600, True, True), (30, True, False), (30, False, True), (None, True, True)],
)
def test_nothing_shows_a_deletion_where_no_folder_is_known_to_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: int | None, moments: bool, said: bool
) -> None:
    """Where no folder is there, or the dump's time is not known, nobody knows that none was."""
    if changed is not None:
        folder(tmp_path, f"{OLD}/e1", DUMPED + changed)
    (tmp_path / DATA).mkdir(parents=True, exist_ok=True)
    found = audit()
    found.attachments["missing"] = ["cabc/e1/f1"]
    given = "pryv_tui.operations.steps.taking.audit_gap"
    monkeypatch.setattr(f"{given}.audit_files", lambda *_given: found)
    monkeypatch.setattr(f"{given}.hosts_of", lambda *_given: [part("co1", "core")])
    ctx, _ = context(tmp_path)
    ctx.facts.set_folder = str(tmp_path)
    if moments:
        ctx.facts.moments.append(
            Moment(what="mongodb", role="core", host="co1", started="2026-01-01T00:00:00Z",
                   finished="2026-01-01T00:01:00Z")
        )  # fmt: skip
    AuditGap(hosts=("co1",)).perform(ctx)
    told = " ".join(ctx.facts.warnings)
    assert ("and nothing in it shows a deletion while the backup was made" in told) is said
    assert "nothing was deleted" not in told


@pytest.mark.parametrize("many", [0, 1, SHOWN + 1])
def test_the_whole_list_of_what_an_audit_found_is_in_the_table_beside_the_set(
    tmp_path: Path, many: int
) -> None:
    names = [f"user{number}" for number in range(many)]
    found = msgspec.structs.replace(
        audit(NotChecked("series", "it is away"), stranded=names), set=SET
    )
    table = write_csv(found, tmp_path, "d")
    told = audit_text(found, SET, "d", table)
    assert ("The whole list: " in told) is bool(many)
    assert ("more in the table" in told) is (many > SHOWN)
    assert (table is not None) is bool(many)
    if table is not None:
        with table.open(newline="") as file:
            assert [row["name"] for row in csv.DictReader(file)] == names
    assert "The whole list" not in audit_text(found, SET, "d", None)


# --- accounts, containers, journals ---------------------------------------------------------------


@pytest.mark.parametrize("last", [None, 1_767_225_600.0, "it is away"])
def test_no_account_says_when_it_was_registered_only_where_those_that_were_asked_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: float | str | None
) -> None:
    def newest(*_given: Any) -> float | None:
        if isinstance(last, str):
            raise PryvTuiError("step-failed", last)
        return last

    monkeypatch.setattr(erased_since, "newest_registered", newest)
    state = host_state("register", "register")
    ctx, _ = context(tmp_path, StillHost("register"), deployment=platform_of(state))
    (found,) = erased_since.ask_accounts(ctx, ctx, platform_of(state)).newest
    said = "no account that was asked says when it was registered"
    assert (found.why == said) is (last is None)
    assert (found.moment == "2026-01-01T00:00:00Z") is isinstance(last, float)
    assert (found.why == "it is away") is isinstance(last, str)


COMPOSE = """
services:
  mail:
    container_name: pryvio_mail
    image: pryvio/mail:1.9.2
"""


@pytest.mark.parametrize(
    ("missing", "brought"),
    [(["pryvio_mail"], ["pryvio_mail"]), (["exporter"], []),
     (["pryvio_mail", "exporter"], ["pryvio_mail"])],
)  # fmt: skip
def test_what_is_brought_up_from_the_roots_files_is_what_they_declare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: list[str], brought: list[str]
) -> None:
    """Where they declare none of what is missing, nothing is."""
    root = tmp_path / "root"
    (root / "pryv").mkdir(parents=True)
    (root / "pryv/pryv.yml").write_text(COMPOSE)
    up: list[str] = []

    def compose_up(_ctx: Any, _host: str, _root: Path, services: Any) -> None:
        up.extend(one.container for one in services)

    monkeypatch.setattr(start_services, "compose_up", compose_up)
    ctx, heard = context(tmp_path, StillHost("core", machine("core"), root=root))
    step = StartServices(host="core", phase="rest", root=str(root), containers=tuple(missing))
    assert step._bring_up(ctx, missing) == up == brought
    told = " ".join(text for level, text in heard.notes if level == "info")
    assert ("core: bringing up pryvio_mail from the root's files" in told) is bool(brought)
    assert ("bringing up" not in told) is (not brought) and "exporter" not in told


@pytest.mark.parametrize("kind", ["aside", "return", "dump", "start", "restart-policy"])
@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("state", ["died", "ended"])
def test_nothing_is_done_about_a_debt_that_can_not_be_ours(
    tmp_path: Path, state: Any, ours: bool, kind: Any
) -> None:
    run = tmp_path / "runs/R"
    run.mkdir(parents=True)
    root = tmp_path / "root"
    where = own_folder.aside(root, "R") if ours else tmp_path / "home"
    if kind == "dump":
        where = own_folder.dumps(root, "R", "mongodb") if ours else tmp_path / "home"
    what = str(root / "pryv/mongodb/backup") if kind == "dump" else str(root)
    owed = Owed(kind=kind, host="core", what=what, where=str(where))
    journal = JournalWriter(run, "R")
    journal.write(RunStarted(kind="restore", roles=[], plan=[], pid=1))
    journal.write(OwedNoted(owed=owed))
    journal.close()
    record = RunRecord(
        id="R", folder=str(run), kind="restore", state=state, pid=1, asked="", started=""
    )
    told = " ".join(item.text for item in unread(context(tmp_path)[0].site, [record]))
    believed = ours or kind in ("start", "restart-policy")
    assert ("No such entry is acted on" in told) is (state == "died" and not believed)
    assert ("somebody has changed its journal" in told) is (state == "died" and not believed)
    assert debts_of(record).outstanding == ([owed] if believed else []), "nobody acts on it"


@pytest.mark.parametrize(
    "conditions",
    [("healthy",), ("damaged", "healthy"), ("unknown", "healthy"), ("gone", "healthy"), ("gone",)],
)
@pytest.mark.parametrize("single", [True, False])
def test_nothing_is_ticked_at_first_where_nothing_is_gone(
    single: bool, conditions: tuple[Condition, ...]
) -> None:
    """Also after somebody ticked something: the page goes on to show it."""
    roles = [RoleNow(role=f"r{n}", host="h", condition=one) for n, one in enumerate(conditions)]
    said = ticked_words(roles, single=single)
    none = not any(ticked(roles, [[role.role] for role in roles]))
    assert ("so nothing is ticked at first" in said) is (none and not single)


@pytest.mark.parametrize("gone", [(), ("core",), ("static-web",), ("core", "register")])
@pytest.mark.parametrize("together", [[["core", "register"], ["static-web"]],
                                      [["core"], ["register"], ["static-web"]]])  # fmt: skip
def test_what_lives_and_is_ticked_with_what_is_gone_is_not_said_to_be_left(
    together: list[list[str]], gone: tuple[str, ...]
) -> None:
    """A machine's part of a set is one choice."""
    names = ("core", "register", "static-web")
    roles = [
        RoleNow(role=one, host="h", condition="gone" if one in gone else "healthy") for one in names
    ]
    said = ticked_words(roles, single=False, together=together)
    chosen = [one for one, on in zip(together, ticked(roles, together), strict=True) if on]
    along = [name for choice in chosen for name in choice if name not in gone]
    assert ("the others are not" in said) is (bool(gone) and not along)
    assert ("and register, of the same machine" in said) is (along == ["register"])
