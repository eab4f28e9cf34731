"""A drill that really ran, on practice: its evidence, from the run's journal to the signatures."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.files import begin
from pryv_tui.drills.model import Choice, Record, Story
from pryv_tui.drills.noting.comparing import names_about
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from pryv_tui.drills.signing.checking import check_all
from pryv_tui.drills.signing.papers import ReviewOnFile, read_review
from pryv_tui.incidents.events import FindingNoted, Joined, Noted, Planned, RunNamed
from pryv_tui.operations.audit.accounts import indexed_in, registered_in
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.vault.set_files import FILES_NAME
from tests.drills.signing.signed import key
from tests.journeys.performing import perform


def fields(record: Record, review: ReviewOnFile | None) -> dict[str, bool]:
    """What an auditor asks a record for, all seventeen, and whether this one tells it."""
    plan, when, made, tool = record.plan, record.when, record.set, record.tool
    told, proof, gone, chain = record.isolation, record.objectives, record.disposal, record.chain
    return {
        "1. id, kind, objectives, scope, criteria fixed beforehand": bool(
            record.id and plan.exercise and plan.level and plan.depth and plan.objectives
            and plan.scope and plan.criteria and "" < plan.fixed < record.steps[0].began
        ),
        "2. start and end in UTC, cadence, next due": bool(
            when.declared.endswith("Z") and when.declared < when.ended <= when.recorded
            and when.every_seconds and when.next_due > when.ended
        ),
        "3. each participant with role": bool(record.participants)
        and all(one.name and one.role and one.joined for one in record.participants),
        "4. set id, time, digest, place": bool(
            made.id and made.created and len(made.sha256) == 64 and made.place and made.files
        ),
        "5. tool, release, image digests, configuration hash": bool(
            tool.tool and tool.release and len(tool.configuration_sha256) == 64 and tool.images
        )
        and all(one.reference and one.digest.startswith("sha256:") for one in tool.images),
        "6. isolation facts, production unchanged": told.isolated == told.production_unchanged
        == "yes" and bool(told.probes) and len(told.fingerprints) == 2,
        "7. steps run and not run, exact commands, times": bool(record.steps)
        and all(one.title and one.state for one in record.steps)
        and any(one.command for one in record.steps)
        and all(one.began and one.seconds is not None
                for one in record.steps if one.state == "done"),
        "8. checks with expected, actual, not checked": all(
            one.state == "passed" or one.why for one in record.checks
        )
        and any(one.expected and one.found for one in record.checks)
        and any(one.name == "audit across the stores" for one in record.checks),
        "9. RTO and RPO, target and measured": all(
            one.target_seconds and (one.seconds is not None or one.why)
            for one in (proof.rto, proof.rpo)
        )
        and bool(proof.split.whole_ms and proof.stores),
        "10. scenario, faults, an absent key person": record.scenario is not None
        and bool(record.scenario.faults and record.scenario.absent and record.scenario.decisions),
        "11. observations, deviations": bool(record.observations),
        "12. reviewer, date, verdict": review is not None
        and bool(review.reviewer and review.reviewed and review.verdict),
        "13. actions with owner, due date": bool(record.actions)
        and all(one.owner and one.due for one in record.actions),
        "14. erasures since the set": record.erasures.count is not None
        and bool(record.erasures.by_role),
        "15. disposal of the sandbox, what and when": gone.complete == "yes" and bool(gone.what)
        and all(one.what and one.when and one.proof for one in gone.what),
        "16. no personal data; kept six years": record.privacy.names_compared
        and int(record.privacy.keep_until[:4]) >= int(when.ended[:4]) + 6,
        "17. signature, hash of the record before, time": chain.number == 1 and bool(chain.platform)
        and all(len(one.sha256) == 64 for one in chain.sources) and len(chain.sources) == 2,
    }  # fmt: skip


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
        Planned(exercise="sandbox", rto=900.0, rpo=86_400.0, every=7_776_000.0, depth="data",
                objectives=[f"as {named} asked"], scope=["all roles"], criteria=["all passes"],
                absent=["the one who knows"]),
        more=[RunNamed(run="drill-1"), Joined(role="operator"),
              Noted(text=f"{named} can't log in; the disk is slow"),
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
    assert names_about(settings, made.id).why == ""

    sign_drill(settings, made.id, key(tmp_path, "operator"))
    review_drill(settings, made.id, key(tmp_path, "reviewer"), verdict="accepted",
                 text=f"{named} are back", by="berta")  # fmt: skip
    assert [one for one in check_all(Path(settings.state)) if one.level != "ok"] == []
    review = read_review(filed.folder)
    lacking = {what for what, there in fields(record, review).items() if not there}
    # A set that is restored has no story.
    assert lacking == {"10. scenario, faults, an absent key person"}
    story = Story(name="core-lost", title="t", version="1", seed="1", faults=("core",),
                  absent=("the one who knows",), decisions=(Choice(time="t", question="q",
                                                                   option="o"),))  # fmt: skip
    assert all(fields(msgspec.structs.replace(record, scenario=story), review).values())
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
