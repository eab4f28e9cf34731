"""A run that never began says all the same what it was about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pryv_tui.runs.record.events import RunStarted
from pryv_tui.runs.record.history import resolve_run
from pryv_tui.runs.record.report import verdict
from pryv_tui.runs.start import start_run
from tests.kill.killing import wait
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.with_set(tmp_path_factory.mktemp("c") / "p", users=1, attachments=0)


@pytest.mark.parametrize(
    ("kind", "asked", "about"),
    [
        ("restore", {"set_id": "20000101T000000Z"}, "Restore"),
        ("undo", {"undone_run": "20000101T000000Z-restore-0000"}, "Undo"),
        ("verify", {"set_id": "20000101T000000Z"}, "Verify"),
    ],
)
def test_it_names_the_platform_or_the_set(
    shell: Shell, kind: Any, asked: dict[str, str], about: str
) -> None:
    record = start_run(shell.settings, kind, **asked)
    end = wait(record)
    assert end is not None
    assert end.exit not in (0, 3)
    told = shell.type("attach", record.id)
    head, *_ = [line for line in (told.out + told.err).splitlines() if "REFUSED" in line]
    assert about in head
    assert "?" not in head
    assert DOMAIN in head or asked.get("set_id", "-") in head, head
    assert resolve_run(Path(shell.settings.state), record.id).set == asked.get("set_id", "")


def test_where_nothing_tells_the_platform_no_question_mark_stands_for_it() -> None:
    def head(**more: str) -> str:
        begun = RunStarted(kind="restore", roles=[], plan=[], pid=1, **more)  # type: ignore[arg-type]
        return verdict(begun, "refused", "")[0]

    assert head() == "Restore: REFUSED"
    assert head(set="SET") == "Restore of the set SET: REFUSED"
    assert head(set="SET", domain="a.b") == "Restore of a.b: REFUSED"
