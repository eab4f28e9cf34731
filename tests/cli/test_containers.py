"""`containers`: what it says, and its exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pryv_tui
from tests.helpers import copied
from tests.journeys.program import Practice


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    copied.new(tmp_path / "platform", users=1, attachments=0)
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
    assert "pryvio_hfs on single is exited, so it can't be stopped now" in done.err
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


def test_a_log_is_read_by_our_own_command(practice: Practice) -> None:
    done = practice.run("containers", "stop", "core")
    assert done.exit == 0, done
    # What is advised about it can be typed as it is said, also on a practice platform.
    told = practice.run("status").out
    (hint,) = [line for line in told.splitlines() if "pryvio_core is exited" in line]
    command = f"pryv-tui --practice {practice.folder} containers logs pryvio_core --host single"
    # One that stopped it for good can say so: that is the other way on.
    advised, _, other = hint.partition("; or, if this is intended: ")
    assert advised.endswith(f"Read its log: {command}")
    assert other == f"pryv-tui --practice {practice.folder} accept down/single/pryvio_core"
    log = practice.run("containers", "logs", "pryvio_core", "--host", "single")
    assert log.exit == 0 and len(log.out.splitlines()) > 1, log
    last = practice.run("containers", "logs", "core", "--tail", "1")
    assert last.out.splitlines() == log.out.splitlines()[-1:]
    assert practice.run("containers", "logs", "core", "--since", "1h").out == log.out
    wrong = practice.run("containers", "logs", "core", "--since", "soon")
    assert wrong.exit == 2 and "is not a time or an age" in wrong.err
    assert practice.run("containers", "logs", "no-such").exit == 1


def test_no_remedy_sends_to_docker_where_a_command_of_ours_does_it() -> None:
    """A step's exact command and what is said for the day without this tool stay Docker's."""
    package = Path(pryv_tui.__file__).parent
    told = re.compile(r"""["' (:;]docker (?:logs|start|stop|restart|ps|events) ?\{?""")
    found = [
        f"{path.relative_to(package)}: {line.strip()}"
        for path in package.rglob("*.py")
        if path.parent.name != "guide"  # RESTORE.md is for a machine without this tool
        for line in path.read_text().splitlines()
        if told.search(line) and "`docker" not in line
    ]
    assert found == []
