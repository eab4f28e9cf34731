"""Commands that start runs, on practice platforms of their own: guards, confirmation, undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.operations.root.aside import give_back, move_content
from pryv_tui.operations.root.marker import remove_marker
from pryv_tui.practice.platform import PracticePlatform
from tests.helpers import copied
from tests.journeys.program import Practice, pryv_tui

DOMAIN = "practice.pryv.example"


def made(folder: Path, form: str = "single-node") -> Practice:
    copied.new(folder / "platform", form=form, users=2, attachments=2)
    practice = Practice(folder / "platform")
    assert practice.run("backup", "--json").exit == 0
    return practice


def last_run(practice: Practice, kind: str) -> str:
    found = practice.run("runs", "--json").json
    return str([run["id"] for run in found if run["kind"] == kind][-1])


def test_what_a_restore_refuses_and_that_it_changes_nothing(tmp_path: Path) -> None:
    practice = made(tmp_path)
    before = practice.contents()
    wrong = practice.run("restore", "latest", "--confirm", "other.example", "--json")
    assert (wrong.exit, wrong.end["outcome"]) == (4, "refused")
    assert practice.run("restore", "latest").exit == 2
    part = practice.run("restore", "latest", "--confirm", DOMAIN, "--role", "core", "--json")
    assert part.exit == 4
    assert "share one root" in part.end["what"]
    other = tmp_path / "other"
    copied.new(other, form="cluster", users=1, attachments=0)
    moved = pryv_tui(
        "restore", "latest", "--confirm", DOMAIN, "--json", "--practice", other,
        "--vault", f"{practice.folder}-vault",
    )  # fmt: skip
    assert moved.exit == 4, moved.out[-1500:]
    assert "Nothing was changed" in moved.end["what"]
    assert practice.contents() == before


def test_restore_undo_and_undo_again(tmp_path: Path) -> None:
    practice = made(tmp_path)
    assert pryv_tui("practice", "grow", practice.folder, "--users", 1).exit == 0
    grown = practice.contents()
    done = practice.restore()
    assert done.exit == 0, done.out[-1500:]
    assert practice.contents()["redis"] != grown["redis"]
    undone = practice.run("undo", last_run(practice, "restore"), "--json")
    assert undone.exit == 0, undone.out[-1500:]
    assert practice.contents() == grown
    restored, by = last_run(practice, "restore"), last_run(practice, "undo")
    told = [line for line in practice.run("runs").out.splitlines() if line.startswith(restored)]
    assert f", undone by {by}" in told[0]
    again = practice.run("undo", last_run(practice, "restore"), "--json")
    assert (again.exit, again.end["outcome"]) == (4, "refused")
    of_undo = practice.run("undo", last_run(practice, "undo"), "--json")
    assert of_undo.exit == 4
    backup = practice.run("undo", last_run(practice, "backup"), "--json")
    assert backup.exit == 4
    assert practice.contents() == grown


def test_only_what_ran_before_runs_after(tmp_path: Path) -> None:
    practice = made(tmp_path)
    engine = PracticePlatform.open(practice.folder).hosts[0].engine
    engine.stop("pryvio_mail")
    assert practice.restore().exit in (0, 3)
    states = {c.name: c.state for c in engine.containers()}
    run = last_run(practice, "restore")
    undone = practice.run("undo", run)
    assert undone.exit in (0, 3)
    # Nothing is asked, but what will be done is said before the first step.
    before, _, _ = undone.out.partition("[1/")
    assert f"Put back what the restore {run} moved aside:" in before
    assert "The restored content is moved aside, not deleted." in before
    after = {c.name: c.state for c in engine.containers()}
    assert after["pryvio_mail"] == "exited"
    assert after["pryvio_core"] == "running"
    assert states["pryvio_core"] == "running"


def test_an_undo_of_three_machines_goes_on_after_the_first(tmp_path: Path) -> None:
    """One machine was put back, then the undo was stopped: the others still come back."""
    practice = made(tmp_path, "cluster")
    assert pryv_tui("practice", "grow", practice.folder, "--users", 1).exit == 0
    grown = practice.contents()
    assert practice.restore().exit == 0
    run = last_run(practice, "restore")
    platform = PracticePlatform.open(practice.folder)
    first = next(host for host in platform.hosts if host.name == "core")
    for container in first.engine.containers():
        if container.running:
            first.engine.stop(container.name)
    root = practice.folder / "hosts/core/root"
    kept = root / ".pryv-tui/undone/stopped"

    def clear() -> None:
        kept.mkdir(parents=True)
        move_content(root, kept, frozenset({".pryv-tui"}))

    assert give_back(root, root / ".pryv-tui/aside" / run, clear)
    remove_marker(root)
    undone = practice.run("undo", run, "--json")
    assert undone.exit in (0, 3), undone.out[-1500:]
    assert practice.contents() == grown


def test_of_two_runs_at_once_one_is_told_to_wait(tmp_path: Path) -> None:
    PracticePlatform.create(tmp_path / "platform", users=1, attachments=1, pace=30.0)
    practice = Practice(tmp_path / "platform")
    first = practice.run("backup", "--detach")
    assert first.exit == 0
    run = first.out.strip()
    try:
        for _ in range(200):
            second = practice.run("backup", "--json")
            if second.exit == 5:
                break
            assert second.exit == 0, second.out[-500:]
        assert second.exit == 5
        assert run in second.out
        assert practice.run("undo", run).exit == 4
    finally:
        ended = practice.run("cancel", run)
    assert ended.exit == 0
    assert "CANCELLED" in ended.out
    assert practice.run("attach", run, "--json").exit == 130
    assert [found["state"] for found in practice.sets()] == ["partial"]
    # Nobody has counted what it holds.
    assert practice.run("list").out.splitlines()[1].split()[1:5] == ["-", "-", "-", "-"]
    assert practice.run("restore", run, "--confirm", DOMAIN).exit == 2


@pytest.mark.parametrize("label", ["before upgrade", "nightly.partial"])
def test_a_backup_that_is_done_is_listed_as_complete(tmp_path: Path, label: str) -> None:
    copied.new(tmp_path / "platform", users=1, attachments=1)
    practice = Practice(tmp_path / "platform")
    done = practice.run("backup", "--label", label, "--json")
    assert done.exit == 0
    found = practice.sets()
    assert [(one["id"], one["state"], one["label"]) for one in found] == [
        (done.end["set"], "complete", label)
    ]
    fields = {
        "id", "label", "created", "roles", "domain", "release", "files", "bytes", "state",
        "verified", "gap_seconds", "warnings",
    }  # fmt: skip
    assert fields <= set(found[0])
    run = practice.run("runs", "--json").json[0]
    assert set(run) >= {
        "id", "kind", "state", "pid", "started", "finished", "outcome", "exit", "set",
    }  # fmt: skip
    assert (run["state"], run["outcome"], run["exit"]) == ("ended", "complete", 0)


def test_recover_of_a_machine_that_can_not_be_asked_does_not_say_nothing(tmp_path: Path) -> None:
    """What a dead run stopped there may be down still."""
    where = ("--state", tmp_path / "state", "--vault", tmp_path / "vault")
    engine = ("--docker", f"unix://{tmp_path}/none.sock", "--root", tmp_path / "root")
    done = pryv_tui(*where, *engine, "recover")
    assert "Nothing was left half-done, as far as can be told." in done.out, done.out + done.err
    assert "Nothing was left half-done." not in done.out
    assert "Not looked at, since the engine does not answer" in done.out
