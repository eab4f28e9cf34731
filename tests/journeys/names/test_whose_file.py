"""A run that failed at a file of an account says whose it is, wherever its reason is shown."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pryv_tui.drills.record.closing import _in_runs
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.paths import read_failed, write_failed
from pryv_tui.operations.advice import Failure
from pryv_tui.operations.audit.accounts import INDEX, indexed_now
from pryv_tui.operations.audit.owners import people_in
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.worker.whose import with_account
from tests.claims.test_of_platforms import flat
from tests.journeys.restores.test_undo_sets_aside import end_of
from tests.remedies.shell import Shell

FAULT = "unreadable-file"


def ids(shell: Shell) -> dict[str, str]:
    (state,) = open_site(shell.settings).discover().hosts
    return dict(indexed_now(state).ids)


@pytest.mark.parametrize("index", ["there", "gone"])
def test_a_failed_backup_names_the_account_beside_the_id(tmp_path: Path, index: str) -> None:
    shell = Shell.on_new(tmp_path / "p", users=2, attachments=1)
    known = ids(shell)
    (state,) = open_site(shell.settings).discover().hosts
    if index == "gone":
        (state.root_path / INDEX).unlink()
    shell.platform.faults.set(FAULT)
    done = shell.type("backup")
    assert done.exit == 1
    end = end_of(shell)
    (owner,) = {id_ for id_ in known if id_ in end["what"]}
    named = f" (account {known[owner]}) can't be read: Permission denied"
    texts = [
        flat(done),
        end["what"],
        end["failure"]["what"],
        flat(shell.type("runs")),
        flat(shell.type("status")),
        " ".join(shell.type("backup", "--quiet").err.split()),
    ]
    assert [named in text for text in texts] == [index == "there"] * len(texts), texts
    assert (end["failure"]["account"] == known[owner]) is (index == "there")


def test_a_drill_names_nobody_and_its_record_no_account_that_a_run_has_named(
    tmp_path: Path,
) -> None:
    shell = Shell.with_set(tmp_path / "p", users=1, attachments=1)
    known = ids(shell)
    shell.platform.faults.set(FAULT)
    shell.type("drill", "run")
    journals = Path(shell.settings.state).glob("runs/*-drill-*/journal.jsonl")
    ends = [json.loads(one.read_text().splitlines()[-1]) for one in journals]
    assert len(ends) == 1
    assert not any(name in json.dumps(ends[0]["failure"]) for name in known.values())


def test_whose_a_file_is_is_told_by_its_path_and_by_no_sentence() -> None:
    error = OSError(13, "Permission denied")
    for failed in (read_failed(b"users/cabc/x", error), write_failed(b"users/cabc/x", error)):
        assert failed.path == "users/cabc/x"
        assert "users/cabc/x (account anna) can't be" in with_account(failed, "anna")
        assert with_account(failed, "") == failed.what
    other = PryvTuiError("step-failed", "users/cabc/x is a name in a sentence")
    assert other.path == ""
    assert people_in([["users/cabc/x"]], {"cabc": "anna"}) == {"cabc": "anna"}


def test_an_account_that_a_failure_names_is_looked_for_in_a_record() -> None:
    for account in ("anna", ""):
        why = Failure(error="unreadable", what="x", account=account)
        end = RunFinished(time="", outcome="failed", exit=1, failure=why)
        run: Any = SimpleNamespace(events=[end])
        assert _in_runs([run]) == ({account} if account else set())
