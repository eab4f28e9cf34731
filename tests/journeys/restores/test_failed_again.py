"""What is advised is done, and fails for the same reason again: that is told at each place in the
same words, and of another reason it is not."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.operations.commands import completed
from pryv_tui.operations.site import open_site
from pryv_tui.runs.half_done import third_way
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import all_runs, debts_of
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.recovery import first_look
from pryv_tui.tui.flows.recover import left_text
from pryv_tui.tui.text.hints import keyed
from tests.remedies.shell import Said, Shell, paste

DOMAIN = "practice.pryv.example"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.with_set(tmp_path_factory.mktemp("again") / "p", form="cluster")


@pytest.fixture
def shell(made: Shell) -> Iterator[Shell]:
    yield made
    made.platform.faults.clear()


def result(shell: Shell) -> list[str]:
    """What the last run's result says that is next."""
    last = all_runs(Path(shell.settings.state))[-1]
    ends = [one for one in JournalReader(last.journal).read() if isinstance(one, RunFinished)]
    return ends[-1].next


def attention(shell: Shell) -> list[str]:
    """What `status` says that needs a person, which the overview says too."""
    told = json.loads(shell.type("status", "--json").out)["attention"]
    shown = shell.type("status").out
    lines = [f"{one['text']} {one['remedy']}" for one in told if one["level"] != "info"]
    assert not [one for one in told if one["remedy"] not in shown]
    return lines


def again(many: int) -> str:
    return f"ended for this reason {many} times in a row"


def test_a_backup_that_fails_in_the_same_way(shell: Shell) -> None:
    shell.platform.faults.set("mongodump-fails")
    for many in (1, 2, 3):
        done = shell.type("backup")
        (line,) = [one for one in attention(shell) if "The last backup failed" in one]
        for said in (" ".join(result(shell)), done.out, line):
            assert (again(many) in said) == (many > 1)
            assert "in a row" not in said or many > 1
    # Another reason begins to count anew.
    shell.platform.faults.clear()
    shell.platform.faults.set("redis-rewrite-fails")
    assert shell.type("backup").exit == 1
    (line,) = [one for one in attention(shell) if "The last backup failed" in one]
    assert "The last 4 attempts made no set." in line
    assert "in a row" not in line + " ".join(result(shell))
    assert shell.type("backup", "--label", "tonight").exit == 1
    (line,) = [one for one in attention(shell) if "The last backup failed" in one]
    assert again(2) in line and again(2) in " ".join(result(shell))
    # One that came well ends the row.
    shell.platform.faults.clear()
    shell.backup()
    shell.platform.faults.set("redis-rewrite-fails")
    assert shell.type("backup").exit == 1
    assert "in a row" not in " ".join(result(shell))


def tried(shell: Shell, *words: str, times: int = 2) -> list[Said]:
    found = []
    for many in range(1, times + 1):
        found.append(shell.type(*words))
        assert found[-1].exit == 1, found[-1]
        first = result(shell)[0]
        assert (again(many) in first) == (many > 1), first
    return found


def test_a_restore_and_an_undo_that_can_stop_nothing(shell: Shell) -> None:
    done = shell.type("restore", shell.latest, "--confirm", DOMAIN)
    assert done.exit in (0, 3)
    run = all_runs(Path(shell.settings.state))[-1].id
    shell.platform.faults.set("container-will-not-stop:core")
    tried(shell, "undo", run, "--confirm", DOMAIN)
    tried(shell, "restore", shell.latest, "--confirm", DOMAIN, times=3)
    # Of one role it is another errand.
    tried(shell, "restore", shell.latest, "--role", "core", "--confirm", DOMAIN, times=1)


def test_a_container_that_can_not_be_started(shell: Shell) -> None:
    assert shell.type("containers", "stop", "pryvio_core").exit in (0, 3)
    shell.platform.faults.set("container-will-not-start:core")
    for many in (1, 2):
        assert shell.type("containers", "start", "pryvio_core").exit == 1
        (line,) = [one for one in attention(shell) if "pryvio_core is exited" in one]
        # The engine has refused it: its log knows nothing of that.
        assert "port is already allocated" in line and "Read its log" not in line
        said = result(shell)
        assert said[-1].partition(" (port")[0] in line
        assert all((again(many) in told) == (many > 1) for told in (line, " ".join(said)))
    shell.platform.faults.clear()
    assert shell.type("containers", "start", "pryvio_core").exit in (0, 3)
    assert shell.type("containers", "stop", "pryvio_core").exit in (0, 3)
    (line,) = [one for one in attention(shell) if "pryvio_core is exited" in one]
    assert "Read its log" in line and "port" not in line, "it has run since"
    assert shell.type("containers", "start", "pryvio_core").exit in (0, 3)


def agreed(shell: Shell) -> str:
    """The advice about what is left half-done, which the dialog, attention, `status`, the last
    result and `recover` have in the same words; what it advises."""
    (left,) = first_look(open_site(shell.settings)).left
    advice = left.advice
    # Its commands are whole on a terminal, and keys in the interface.
    whole = completed(advice.because, ("--practice", str(shell.platform.folder)))
    because = [line for line in result(shell) if whole in line]
    assert because, (whole, result(shell))
    assert keyed(advice.because, ()) in str(left_text(left))
    (line,) = [line for line in attention(shell) if advice.why in line]
    if advice.third:
        # Neither is advised: it is said short, and where the rest is.
        assert advice.because.endswith(advice.third) and advice.third not in line
        assert whole.partition(". ")[0] in line
        assert len(line.replace(str(shell.platform.folder), "")) < 800, line
        named = re.search(r"what else is possible: (pryv-tui \S.* recover)$", line)
        assert named is not None, line
        assert whole in paste(named[1]).out
        assert "Nothing is advised" not in line
    else:
        assert whole in line
    told = shell.type("recover") if advice.repeats or advice.turned or not advice.advised else None
    if told is not None:
        assert told.exit == 4
        assert whole in told.out and advice.why in told.out
    return advice.advised


def test_what_is_half_done_and_is_finished_and_put_back_in_vain(shell: Shell) -> None:
    faults = shell.platform.faults
    faults.set("mongorestore-failures")
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 1
    assert agreed(shell) == "finish"
    assert shell.type("recover", "--finish").exit == 1
    assert agreed(shell) == "roll-back", "finishing it has failed twice for the same reason"
    faults.set("container-will-not-stop:mongodb")
    assert shell.type("recover", "--roll-back").exit == 1
    assert agreed(shell) == "roll-back"
    assert shell.type("recover", "--roll-back").exit == 1
    assert agreed(shell) == "", "both ways have failed twice"
    faults.clear()
    assert shell.type("recover", "--roll-back").exit in (0, 3)
    assert not first_look(open_site(shell.settings)).left


def nothing_advised(shell: Shell, tried: str) -> str:
    """Both ways out of a restore of that set fail twice; what is said then."""
    faults = shell.platform.faults
    faults.set("mongorestore-failures")
    assert shell.type("restore", tried, "--confirm", DOMAIN).exit == 1
    assert shell.type("recover", "--finish").exit == 1
    faults.set("container-will-not-stop:mongodb")
    assert shell.type("recover", "--roll-back").exit == 1
    assert shell.type("recover", "--roll-back").exit == 1
    assert agreed(shell) == ""
    faults.clear()
    return " ".join(shell.type("recover").out.split())


def test_where_both_ways_fail_a_third_one_leads_out(shell: Shell) -> None:
    """Another set is restored over what stands half-way, as it is printed in that very state."""
    first, tried = shell.latest, shell.backup()
    told = nothing_advised(shell, tried)
    named = re.search(
        r"to restore another set over the half-done state: (pryv-tui .*?)\. By hand", told
    )
    assert named is not None and first in named[1], told
    page = re.search(r"from the set itself: less (\S+/RESTORE\.md)\.", told)
    assert page is not None and tried in page[1] and Path(page[1]).is_file()
    aside = re.search(r"The former content is in (\S+) on ", told)
    assert aside is not None and any(Path(aside[1]).iterdir())
    assert "either nothing was there before" not in told
    asked = re.search(r"show them: (pryv-tui .*?report \S+)", told)
    assert asked is not None and paste(asked[1]).exit == 0
    done = paste(named[1])
    assert done.exit in (0, 3), done
    assert not first_look(open_site(shell.settings)).left
    assert all_runs(Path(shell.settings.state))[-1].set == first


def test_of_a_role_that_was_wiped_nothing_is_said_to_lie_aside(tmp_path: Path) -> None:
    """And what a restore of another set then moves out of its way is not said to be of that one."""
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=1, attachments=0)
    first, tried = shell.latest, shell.backup()
    shell.platform.wipe("core")
    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", tried, "--confirm", DOMAIN, "--role", "core").exit == 1
    assert shell.type("recover", "--finish").exit == 1
    site = open_site(shell.settings)
    run = all_runs(Path(shell.settings.state))[-1]
    asides = [one for one in debts_of(run).owed if one.kind == "aside"]
    assert asides
    told = third_way(site, site.discover(), run.id, tried, asides, ("core",))
    assert "is empty: either nothing was there before" in told
    assert "The former content is in" not in told
    shell.platform.faults.clear()
    words = ("restore", first, "--confirm", DOMAIN, "--role", "core")
    assert shell.type(*words).exit in (0, 3)
    said = [line for line in attention(shell) if "an unfinished restore" in line]
    assert not [line for line in said if f"of the set {first}" in line]
    status = shell.type("status").out
    assert f"of the set {first}, with data" not in status
    assert (
        f"the content of an unfinished restore of the set {tried}, with data written since"
        in status
    )


def test_without_another_set_the_third_way_is_by_hand(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p", form="cluster")
    told = nothing_advised(shell, shell.backup())
    assert "another set" not in told
    assert "By hand, step by step, from the set itself: less " in told
    assert "Otherwise ask Pryv's support, and show them: pryv-tui " in told
    assert shlex.quote("RESTORE.md") in told
