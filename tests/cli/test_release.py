"""`release`: the operator lets go of what a restore moved aside; until then nothing of it goes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pryv_tui as program
from pryv_tui.operations.plan import DOWN
from tests.journeys.program import Practice, pryv_tui

DOMAIN = "practice.pryv.example"


@pytest.fixture
def restored(tmp_path: Path) -> tuple[Practice, str]:
    """A platform that was restored, and the id of that run."""
    practice = Practice.with_set(tmp_path / "p", users=2, attachments=2)
    pryv_tui("practice", "grow", practice.folder, "--users", 1)
    done = practice.restore()
    assert done.exit == 0
    return practice, done.end["run"]


def kept(practice: Practice) -> list[str]:
    own = practice.folder / "hosts/single/root/.pryv-tui"
    return sorted(f"{p.parent.name}/{p.name}" for p in own.glob("*/*") if p.is_dir())


def test_only_with_the_word_and_then_for_good(restored: tuple[Practice, str]) -> None:
    practice, run = restored
    before = practice.contents()
    assert kept(practice) == [f"aside/{run}"]
    without = practice.run("release", run)
    assert without.exit == 2
    assert f"--confirm {DOMAIN}" in without.err
    wrong = practice.run("release", run, "--confirm", "other.example")
    assert wrong.exit == 4
    assert "nothing was removed" in wrong.err
    assert practice.run("release", "").exit != 0
    assert kept(practice) == [f"aside/{run}"]

    done = practice.run("release", run, "--confirm", DOMAIN, "--json")
    assert done.exit == 0, done.err
    assert done.end["outcome"] == "complete"
    assert kept(practice) == []
    assert practice.contents() == before
    (told,) = [line for line in practice.run("runs").out.splitlines() if line.startswith(run)]
    assert f", released by {done.end['run']}" in told
    for again in (("undo", run), ("release", run, "--confirm", DOMAIN)):
        refused = practice.run(*again)
        assert refused.exit == 4, refused
        assert "there any more" in refused.err
    assert practice.run("release", "latest", "--confirm", DOMAIN).exit == 4
    assert "moved aside" not in practice.run("status").out


def test_what_an_undo_moved_aside_is_released_by_the_undo_s_name(
    restored: tuple[Practice, str],
) -> None:
    practice, run = restored
    undone = practice.run("undo", run, "--json")
    assert undone.exit == 0
    name = undone.end["run"]
    assert kept(practice) == [f"undone/{name}"]
    told = practice.run("status").out
    assert f"release {name} --confirm {DOMAIN}" in told
    assert "released" not in practice.run("runs").out
    lived = practice.contents()
    assert practice.run("release", name, "--confirm", DOMAIN).exit == 0
    assert kept(practice) == []
    assert practice.contents() == lived
    rows = {line.split()[0]: line for line in practice.run("runs").out.splitlines()}
    assert "released by" in rows[name]
    assert f", undone by {name}" in rows[run]
    assert "released" not in rows[run], "what that one moved aside came back"


def test_a_half_restored_root_keeps_what_was_there(tmp_path: Path) -> None:
    practice = Practice.with_set(tmp_path / "p", users=2, attachments=2)
    before = practice.contents()
    practice.fault("mongorestore-failures")
    failed = practice.restore()
    assert failed.exit == 1
    refused = practice.run("release", failed.end["run"], "--confirm", DOMAIN)
    assert refused.exit == 4, refused
    assert "recover" in refused.err
    practice.fault("--clear")
    recovered = practice.run("recover", "--roll-back")
    assert recovered.exit == 0
    said, _, _ = recovered.out.partition("[1/")
    assert "roll-back: Put back the content from before the restore" in said
    assert DOWN in said
    assert practice.contents() == before


def test_what_is_moved_aside_is_called_so_everywhere() -> None:
    """One word for one thing: who reads of it in a result finds it again in the status."""
    package = Path(program.__file__).parent
    others = re.compile(r"put away|took out|kept aside|delete it for good")
    texts = re.compile(r'"(?:[^"\\]|\\.)*"')
    found = [
        f"{path.relative_to(package)}: {text}"
        for path in package.rglob("*.py")
        for text in texts.findall(path.read_text())
        if others.search(text)
    ]
    assert found == []


def test_a_result_and_the_status_say_the_same_of_it(restored: tuple[Practice, str]) -> None:
    practice, run = restored
    assert f"content moved aside by the run {run} is still there" in practice.run("status").out
    undone = practice.run("undo", run, "--json")
    assert any("was moved aside to" in line for line in undone.end["remains"])
    other = undone.end["run"]
    told = practice.run("status").out
    assert f"was moved aside by the undo {other}, and is kept" in told
    # The good data of a restore: how it comes back is said before how it is lost.
    (line,) = [line for line in told.splitlines() if other in line]
    assert line.index(f"restore {undone.end['set']}") < line.index(f"release {other}")
    assert line.index(f"undo {other}") < line.index(f"release {other}")
    assert practice.run("release", other, "--confirm", DOMAIN).exit == 0
    gone = practice.run("release", other, "--confirm", DOMAIN)
    assert f"nothing that the run {other} moved aside is there any more" in gone.err
