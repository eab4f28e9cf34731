"""What is said of backups, roles, runs and sets in words alone: each sentence in both states."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from pryv_tui import own_folder
from pryv_tui.errors import ERRORS, Exit, PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.facts import Moved
from pryv_tui.operations.overview.backup_words import try_words
from pryv_tui.operations.overview.last_backup import Try, TryEnd
from pryv_tui.operations.overview.serving import RoleState, RoleWord
from pryv_tui.operations.overview.serving_words import role_words
from pryv_tui.operations.plan import Lack, Plan
from pryv_tui.operations.plans.recover import recover_plan
from pryv_tui.operations.plans.release import release_plan
from pryv_tui.operations.plans.undo import plan_undo
from pryv_tui.operations.root.aside import set_aside
from pryv_tui.operations.root.kept import Story, lack_line, undone_words
from pryv_tui.operations.sets.known_good import refused
from pryv_tui.operations.steps.sets import check_set
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.layout import resolve_layout
from pryv_tui.runs.worker.last_word import last_word
from pryv_tui.vault.checks import Verification
from tests.operations.kit import SET, context, deployed, manifest_of, part, set_of, telling


@pytest.mark.parametrize("end", get_args(TryEnd))
def test_that_no_backup_was_taken_is_said_where_one_was_refused(end: TryEnd) -> None:
    words = try_words(Try(end=end, at="2026-01-01T00:00:00Z", why="there is no room"))
    assert ("and none was taken: there is no room" in words) is (end == "refused")


@pytest.mark.parametrize("word", get_args(RoleWord))
def test_a_role_is_up_where_it_is_found_to_be_that_alone(word: RoleWord) -> None:
    said = role_words(RoleState(role="core", host="h", word=word))
    assert (said == "core on h is up") is (word == "up")


# --- what an undo finds ---------------------------------------------------------------------------


class Told:
    """What is known of one earlier run."""

    def __init__(self, **more: Any) -> None:
        facts: dict[str, Any] = {
            "run": "OLD", "kind": "restore", "goes_on": False, "set_id": "", "domain": "",
            "asides": (), "places": frozenset(), "runs": ("OLD",), "ran": {}, "all_told": True,
            "readable": True, "unwell": {}, "gone_on_with_by": "", "returned": frozenset(), **more,
        }  # fmt: skip
        self.found = Moved(**facts)

    def moved(self, _run: str) -> Moved:
        return self.found

    def newest_undoable(self) -> str:
        return ""

    def policies(self) -> dict[tuple[str, str], str]:
        return {}


@pytest.mark.parametrize("kind", ["restore", "undo", "backup"])
@pytest.mark.parametrize("readable", [True, False])
def test_that_a_run_moved_or_put_back_nothing_is_not_said_of_one_that_can_not_be_read(
    kind: str, readable: bool
) -> None:
    past: Any = Told(kind=kind, readable=readable)
    with pytest.raises(PryvTuiError) as caught:
        plan_undo(deployed("core"), past, "OLD", run_id="RUN")
    said = caught.value.what.removeprefix("the run OLD can't be undone: ")
    assert (said == "it moved nothing aside") is (kind == "restore" and readable)
    assert (said == "it put nothing back") is (kind == "undo" and readable)
    assert (
        "journal can't be read completely, and nothing that it moved aside is known" in said
    ) is (kind != "backup" and not readable)


def test_a_run_that_moved_something_is_undone(tmp_path: Path) -> None:
    (aside := own_folder.aside(tmp_path, "OLD")).mkdir(parents=True)
    owed = Owed(kind="aside", host="core", what=str(tmp_path), where=str(aside))
    for kind in ("restore", "undo"):
        past: Any = Told(kind=kind, asides=(owed,))
        assert plan_undo(deployed("core"), past, "OLD", run_id="RUN").steps


@pytest.mark.parametrize(("outcome", "said"), [("failed", True), ("", True), ("cancelled", False)])
def test_all_else_of_a_restore_goes_with_what_an_unfinished_one_of_it_had_put_there(
    outcome: str, said: bool
) -> None:
    story = Story(kind="restore", set_id=SET, outcome=outcome, taken_by="LAST")
    words = " ".join(undone_words("RUN", story, "pryv-tui release RUN"))
    assert (
        "may exist only here. Remove it for good, with all else that was moved" in words
    ) is said
    assert ("release LAST" in words) is said


@pytest.mark.parametrize("unfinished", ["OLD", ""])
def test_what_a_restore_moved_out_of_its_way_is_said_to_be_of_the_set_that_was_put_there(
    unfinished: str,
) -> None:
    """It is not of its own, where it went on with another set; of several none is named."""
    story = Story(kind="restore", set_id="NEW", outcome="complete", unfinished_set=unfinished)
    text, _ = undone_words("RUN", story, "pryv-tui release RUN")
    assert "NEW" not in text
    assert ("the content of an unfinished restore of the set OLD" in text) is bool(unfinished)


def test_that_a_roles_data_is_moved_aside_is_said_of_the_undo_of_an_undo_alone() -> None:
    for before in ("undo", "restore"):
        line = lack_line(Lack(host="h", role="core", before=before), SET)
        assert ("Its data is moved aside with everything else that is there now." in line) is (
            before == "undo"
        )
        assert (f"Its data is in the set {SET}" in line) is (before == "restore")


def test_a_recovery_deletes_nothing_and_says_so_and_a_release_does_not(tmp_path: Path) -> None:
    root = tmp_path / "root"
    folder, aside = root / "pryv/mongodb/backup", root / ".pryv-tui/dumps/DEAD/mongodb"
    folder.mkdir(parents=True)
    (folder / "older").write_text("of before")
    set_aside(folder, aside, frozenset())
    (folder / "pryv-node").mkdir()
    (folder / "pryv-node/events.bson").write_text("of the dead run")

    def contents() -> list[str]:
        return sorted(
            Path(at, name).read_text() for at, _, names in os.walk(root) for name in names
        )

    before = contents()
    ctx, _ = context(tmp_path, telling("core", "core", lambda _argv: (0, "", ""), root=root))
    owed = Owed(kind="dump", host="core", what=str(folder), where=str(aside))
    ctx.facts.owed.append(owed)
    plan = recover_plan(ctx.deployment, dead_run="DEAD", outstanding=[owed])
    (effect,) = plan.effects
    assert effect == (
        "Only containers that were running before are started again; nothing is deleted."
    )
    for step in plan.steps:
        step.perform(ctx)
    assert contents() == before and (folder / "older").is_file()
    gone = release_plan(deployed("core"), run="R", folders={"core": ["/r/.pryv-tui/aside/R"]})
    assert "nothing is deleted" not in " ".join(gone.effects)


# --- sets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("part_of", "parts"), [(1, 1), (2, 4)])
@pytest.mark.parametrize("outcome", ["good", "bad"])
def test_what_restic_read_is_called_all_data_where_it_was_and_as_sent_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part_of: int, parts: int, outcome: str
) -> None:
    backup = msgspec.structs.replace(
        set_of(manifest_of(part("core", "core"))), snapshot="S", repository="/repo"
    )
    found = Verification(time="2026-01-01T00:00:00Z", outcome=outcome, files=5, bytes=500,  # type: ignore[arg-type]
                         part=part_of, parts=parts)  # fmt: skip
    monkeypatch.setattr(check_set, "resolve", lambda *_given: backup)
    monkeypatch.setattr(check_set, "verify_set", lambda *_given, **_more: found)
    ctx, _ = context(tmp_path)
    step = check_set.CheckSet(host="", set_id=SET, location="/repo", in_repository=True)
    if outcome == "bad":
        with pytest.raises(PryvTuiError, match="NOT what it should be"):
            step.perform(ctx)
    else:
        step.perform(ctx)
    said = ctx.facts.headline
    assert ("restic read all data of /repo" in said) is (outcome == "good" and parts == 1)
    assert ("part 2 of 4 of the data of /repo" in said) is (outcome == "good" and parts == 4)
    assert ("and found all of it as it was sent" in said) is (outcome == "good")


@pytest.mark.parametrize("more", [0, 1])
def test_several_names_are_said_where_a_check_read_more_than_the_set_holds(more: int) -> None:
    backup = set_of(manifest_of(part("core", "core")))
    assert backup.manifest is not None
    read = backup.manifest.bytes + more
    found = Verification(time="2026-01-01T00:00:00Z", outcome="good", files=1, bytes=read)
    said = check_set.good_words(backup, found)
    assert ("a file with several names is read once for each" in said) is (more > 0)


def test_a_check_that_does_not_count_any_more_changes_nothing() -> None:
    told = refused(SET, "it was never verified in full here")
    assert told.what == (
        f"the set {SET} can't be verified while it is copied back: it was never verified in full"
        " here; nothing was changed"
    )
    assert told.exit == Exit.REFUSED


@pytest.mark.parametrize("store", STORES)
def test_a_dump_leaves_nothing_where_the_server_writes_its_own_file(store: str) -> None:
    layout = resolve_layout(("core", "register"), "/var/pryv", {})
    if not STORES[store].dump_command(layout):
        return
    step = DumpStore(host="h", store=store, layout=layout, roles=())
    assert (step.leaves == "nothing: Redis rewrites its own file") is (store == "redis")
    assert step.leaves_nothing is (store == "redis")


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("changed", [False, True])
def test_a_refusal_that_comes_after_a_change_is_none(tmp_path: Path, changed: bool) -> None:
    assert ERRORS["refused"].meaning == "A guard refused; nothing was changed."
    ctx, _ = context(tmp_path)
    ctx.facts.changed = changed
    plan = Plan(kind="restore", roles=(), steps=(), domain="d", set_id=SET)
    end = last_word(plan, ctx, PryvTuiError("refused", "it is so"), None, [])
    assert end.failure is not None
    assert (end.exit == Exit.REFUSED) is (not changed)
    assert (end.failure.error == "refused") is (not changed)
    assert ("Nothing was changed" in end.what) is (not changed)
