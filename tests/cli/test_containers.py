"""`containers`: what it says, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.practice.platform import PracticePlatform
from tests.journeys.program import Practice


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    PracticePlatform.create(tmp_path / "platform", users=1, attachments=0)
    return Practice(tmp_path / "platform")


def test_stopped_and_refused(practice: Practice) -> None:
    done = practice.run("containers", "stop", "hfs")
    assert done.exit == 0, done
    assert "Users notice: high-frequency series can't be read or written" in done.out
    assert "stop of a container of practice.pryv.example" in done.out
    # What is advised means this platform, and not the real one.
    again = f"pryv-tui --practice {practice.folder} containers start pryvio_hfs --host single"
    assert again in done.out
    done = practice.run("containers", "stop", "pryvio_hfs")
    assert done.exit == 4, done
    assert "pryvio_hfs on single is exited: it can't be stopped now" in done.err
    assert [run["kind"] for run in practice.run("runs", "--json").json] == ["stop"]
    done = practice.run("containers", "start", "hfs", "--json")
    assert done.exit == 0, done
    assert done.end["outcome"] == "complete"
    assert done.end["checks"] == ["single: 1 container runs and stays up"]


@pytest.mark.parametrize(
    ("words", "exit"),
    [
        (("stop",), 2),
        (("fly", "core"), 2),
        (("stop", "core", "--host", "elsewhere"), 2),
        (("restart", "no-such"), 1),
    ],
)
def test_what_is_wrong_is_said_and_nothing_begins(
    practice: Practice, words: tuple[str, ...], exit: int
) -> None:
    done = practice.run("containers", *words)
    assert done.exit == exit, done
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert not (practice.folder.with_name("platform-state") / "runs").exists()
