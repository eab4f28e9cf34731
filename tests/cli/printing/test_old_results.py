"""An old result, looked at again: on standard error too nothing is advised that is settled."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.program import Practice


def test_a_failed_restore_that_was_finished_is_not_told_to_be_finished(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "p", users=1, attachments=1)
    practice.fault("mongorestore-failures")
    failed = practice.restore().end["run"]
    assert "recover" in practice.run("attach", failed).err
    practice.fault("--clear")
    assert practice.run("recover", "--finish", "--json").exit in (0, 3)
    for words in ((), ("--json",), ("--quiet",)):
        told = practice.run("attach", failed, *words).err
        assert f"{failed} ended: failed" in told
        assert "continued this run" in told
        assert "recover" not in told
        assert "stay down" not in told
