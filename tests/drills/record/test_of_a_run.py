"""A drill that really ran, on practice: its evidence, from the run's journal to the signatures."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from pryv_tui.drills.files import begin
from pryv_tui.drills.record.accounts import names_of
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from pryv_tui.drills.signing.checking import check_all
from pryv_tui.incidents.events import FindingNoted, Noted, Planned, RunNamed
from pryv_tui.operations.audit.accounts import indexed_in, registered_in
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.vault.set_files import FILES_NAME
from tests.drills.signing.signed import key
from tests.journeys.performing import perform


def test_a_real_drill_leaves_evidence_without_a_name_that_stock_commands_accept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PracticePlatform.create(tmp_path / "p", users=3, attachments=2)
    settings = resolve_settings(practice=str(tmp_path / "p"), environment={})
    perform(settings, "backup-1", "backup", monkeypatch)
    backup = open_site(settings).vault.resolve("latest")
    (host,) = backup.need("read").hosts
    files = Path(backup.path) / host.name / FILES_NAME
    known = (registered_in(files, host).names or set()) | (indexed_in(files, host).names or set())
    assert len(known) == 3
    named = ", ".join(known)
    made = begin(
        settings,
        Planned(exercise="sandbox", rto=900.0, objectives=[f"as {named} asked"]),
        more=[RunNamed(run="drill-1"), Noted(text=f"{named} can't log in; the disk is slow"),
              FindingNoted(name="a1", text=f"tell {named}", owner="ops", due="2030-01-01")],
    )  # fmt: skip
    perform(settings, "drill-1", "drill", monkeypatch, set_id=backup.id)

    filed = close_drill(settings, made.id, erased=sorted(known)[:1])
    record = filed.record
    assert record.outcome == "passed", record.outcome_why
    assert record.simulated
    assert {step.state for step in record.steps} == {"done"}
    assert record.objectives.rto.met is True
    assert record.objectives.split.sandbox_ms > 0
    assert record.set.id == backup.id
    assert record.privacy.names_compared
    assert record.observations[0].text.endswith("can't log in; the disk is slow")
    assert names_of(settings, backup.id)[1]

    sign_drill(settings, made.id, key(tmp_path, "operator"))
    review_drill(settings, made.id, key(tmp_path, "reviewer"), verdict="accepted",
                 text=f"{named} are back", by="berta")  # fmt: skip
    assert [one for one in check_all(Path(settings.state)) if one.level != "ok"] == []
    page = (filed.folder / "VERIFY.md").read_text()
    for command in re.findall(r"```sh\n(.*?)\n```", page, re.S):
        subprocess.run(["bash", "-c", command], cwd=filed.folder, check=True, capture_output=True)

    # The drill's journal is the operator's; what is handed on names nobody.
    own = {"journal.jsonl", "erased-accounts.txt"}
    told = {path.name: path.read_text(errors="replace") for path in filed.folder.iterdir()}
    assert {"record.json", "report.md", "report.html", "review.json"} <= set(told)
    for name, text in told.items():
        found = [one for one in known if one in text]
        assert bool(found) == (name in own), (name, found)
