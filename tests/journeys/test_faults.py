"""A fault as an operator meets it, by the command line; `tests/faults` has every one of them."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.program import Practice


def test_a_failed_restore_can_simply_be_tried_again(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 4, "--attachments", 6)
    before = practice.contents()
    assert practice.run("backup", "--json").exit == 0
    practice.fault("mongorestore-failures")
    failed = practice.restore()
    assert failed.exit == 1
    assert "Traceback" not in failed.out + failed.err
    assert "were not restored" in failed.end["what"]
    assert "half-way" in practice.run("status").out
    refused = practice.run("backup", "--json")
    assert refused.exit == 4, "a half-restored root is no source of a backup"
    practice.fault("--clear")
    retry = practice.restore()
    assert retry.exit == 0, retry.out[-2000:]
    assert practice.contents() == before
    # The backup that was refused meanwhile is told, with its reason, until one is taken.
    told = practice.run("status").out.splitlines()
    (refused_then,) = [line for line in told if line.startswith("FAILED") and "refused" in line]
    assert "half-restored" in refused_then
    assert not any("half-restored" in line for line in told if line != refused_then)
    assert not any("half-way" in line for line in told)


def test_a_torn_file_is_a_warning_and_exit_3(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 2, "--attachments", 2)
    practice.fault("changing-file")
    done = practice.run("backup")
    assert done.exit == 3
    assert "pryv/nginx/conf/notes of the operator.txt changed each time" in done.out
    (found,) = practice.sets()
    assert "notes of the operator.txt" in found["warnings"][0]
    assert found["state"] == "complete"
