"""Who started, confirmed, cancelled, verified and released is on the screens where that stands: in
`runs`, `list`, the report, and the pages of sets and runs."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.remaining import lost_lines, remains_lines
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.became import who_words
from pryv_tui.runs.record.chain import Since
from pryv_tui.runs.record.history import read_run
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.tui.screens.runs import run_row
from pryv_tui.tui.text.sets import set_details
from pryv_tui.vault.checks import Verification, keep_check, read_checks
from pryv_tui.who import Who, who_is_here
from tests.claims.test_of_platforms import flat
from tests.incidents.scripted import at, incident, lost, opened, run
from tests.remedies.shell import Shell
from tests.runs.record.test_who_asked import ANNA, CRON, _end, _started
from tests.runs.test_recovery import Past

DOMAIN = "practice.pryv.example"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", form="cluster", users=1, attachments=1)


@pytest.mark.parametrize("part", [(), ("--sample", "50%")])
def test_who_had_a_set_checked_stands_beside_its_check(shell: Shell, part: tuple[str, ...]) -> None:
    me = who_is_here()
    before = shell.type("list").out
    assert f"by {me.short}" not in before, "nobody has verified it yet"
    assert shell.type("verify", shell.latest, *part).exit == 0
    assert f"good, just now by {me.short}" in flat(shell.type("list"))
    (backup,) = open_site(shell.settings).vault.sets()
    told = set_details(backup).plain
    assert f" by {me.short}: " in told and backup.checks[-1].by == me
    if not part:
        # A restore verifies it as well, for whoever asked for that.
        done = shell.type("restore", shell.latest, "--role", "core", "--confirm", DOMAIN)
        assert done.exit in (0, 3)
        (again,) = open_site(shell.settings).vault.sets()
        assert again.checks[-1].by == me


def test_of_a_check_of_before_nobody_is_named(tmp_path: Path) -> None:
    old = Verification(time="2026-01-01T00:00:00Z", outcome="good", files=1, bytes=1)
    assert old.asked_by == ""
    keep_check(tmp_path, msgspec.structs.replace(old, by=CRON))
    kept = json.loads((tmp_path / "verified.json").read_text())
    assert kept["by"]["how"] == "cron"
    assert read_checks(tmp_path).last == msgspec.structs.replace(old, by=CRON)
    kept.pop("by")
    (tmp_path / "verified.json").write_text(json.dumps(kept))
    assert read_checks(tmp_path).last == old


def test_runs_say_who_confirmed_and_how_and_who_released(shell: Shell) -> None:
    me = who_is_here()
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit in (0, 3)
    backup, restore = json.loads(shell.type("runs", "--json").out)
    lines = shell.type("runs").out.splitlines()
    (taken,) = [line for line in lines if backup["id"] in line]
    (brought,) = [line for line in lines if restore["id"] in line]
    assert me.short in taken and "confirmed" not in taken
    assert f"{me.short}, confirmed (--confirm)" in brought and "released" not in brought
    assert shell.type("release", restore["id"], "--confirm", DOMAIN).exit == 0
    gone = json.loads(shell.type("runs", "--json").out)[-1]["id"]
    (brought,) = [
        line for line in shell.type("runs").out.splitlines() if line.startswith(restore["id"])
    ]
    assert f"released by {gone} ({me.short})" in brought


def test_who_asked_it_to_end_is_listed(tmp_path: Path) -> None:
    past = Past(tmp_path)
    name = past.run("restore", confirmed="typed", by=ANNA)
    folder = tmp_path / "state/runs" / name
    record = read_run(folder)
    assert record is not None and who_words(record) == f"{ANNA.short}, confirmed (typed)"
    journal = JournalWriter(folder, name)
    journal.write(_started(by=ANNA))
    journal.write(_end(outcome="cancelled", cancel_by=CRON))
    record = read_run(folder)
    assert record is not None
    words = who_words(record)
    assert words == f"{ANNA.short}, confirmed (typed), cancel asked for by {CRON.short}"
    row = run_row(record, (), None, words).plain
    assert f"by {words}" in row
    assert Since("undone", "R").words == "undone by R", "of an older one nobody is known"


def test_a_report_says_who_removed_what_lay_aside() -> None:
    aside = ("/var/pryv/.pryv-tui/aside/x",)
    restored = msgspec.structs.replace(
        run("restore", 60, ends=80, serves=70), as_of=at(-600), set="S", aside_gone=aside,
        released_by="R",
    )  # fmt: skip
    released = msgspec.structs.replace(run("release", 200, ends=210), id="R", by=ANNA)
    one = incident(opened(30), lost(30, since=0))
    for runs, who in (((restored, released), f" ({ANNA.words})"), ((restored,), "")):
        told = Told(one, runs, reckon(one, runs, at(400)), "")
        (line,) = [line for line in remains_lines(told) if "any more" in line]
        assert line.endswith(f"is not there any more: R{who} removed it")
    assert Who() != ANNA and lost_lines(told)
