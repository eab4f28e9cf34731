"""What a drill of another state folder left goes when its time is over, wherever one begins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.drills.cadence import with_drills
from pryv_tui.hosts.sandbox.making import Maker, Network
from pryv_tui.operations.activity import worker_below
from pryv_tui.operations.drilling.clearing import Cleared, clear_left
from pryv_tui.operations.drilling.facts import Disposal
from pryv_tui.operations.drilling.others import (
    TOLD,
    Stays,
    known_to_stay,
    note_stays,
    still_stays,
)
from pryv_tui.operations.drilling.places import Kept, folder_of, keep
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.recovery import first_look
from pryv_tui.runs.worker.process import clear_dead
from tests.helpers import copied
from tests.helpers.waiting import until

OVER, LATER = "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    copied.new(tmp_path / "p", users=1, attachments=1)
    return tmp_path / "p"


def maker_of(folder: Path) -> Maker:
    maker = open_site(resolve_settings(practice=str(folder), environment={})).hosts[0].maker
    assert maker is not None
    return maker


def make(maker: Maker, number: int, expires: str, folder: str = "") -> None:
    """A network of a drill that no state folder here knows."""
    name, subnet = f"pryvdrill_d{number}_net", f"198.18.{number}.0/24"
    drill = f"d{number}"
    maker.make_network(
        Network(name=name, drill=drill, expires=expires, subnet=subnet, folder=folder)
    )


def left_by_others(folder: Path) -> Maker:
    """Of drills of another state folder, which has cleared them: two whose time is over,
    one other."""
    maker, words = maker_of(folder), folder.parent / "other/sandboxes"
    words.mkdir(parents=True)
    for number, expires in enumerate((OVER, LATER, OVER)):
        make(maker, number, expires, str(words / f"d{number}/content"))
    return maker


def test_a_run_clears_it_and_nothing_else(platform: Path) -> None:
    maker = left_by_others(platform)
    before = PracticePlatform.open(platform).contents()
    done = CliRunner().invoke(cli, ["backup", "--quiet", "--practice", str(platform)])
    assert done.exit_code == 0, done.output
    assert [one.name for one in maker.made_networks()] == ["pryvdrill_d1_net"]
    assert PracticePlatform.open(platform).contents() == before


def test_it_is_told_in_a_line_each_and_once(
    platform: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    left_by_others(platform)
    site = open_site(resolve_settings(practice=str(platform), environment={}))
    assert clear_dead(site) is True
    said = capfd.readouterr()
    lines = [one for one in (said.out + said.err).splitlines() if "which had expired" in one]
    assert [one.partition("drill ")[2][:2] for one in lines] == ["d0", "d2"]
    assert clear_dead(site) is False


def test_files_are_said_to_be_gone_where_they_are() -> None:
    net = Disposal(what="network n", when="", proof="x", network=True)
    of_others = Cleared(drill="d", gone=(net,)).words
    assert "1 network" in of_others and "Its files stay" in of_others
    assert "and its files" not in of_others
    own = Cleared(drill="d", gone=(net, Disposal(what="/d", when="", proof="x"))).words
    assert own.endswith("1 network, and its files.") and "files stay" not in own


def kept_by(state: Path, drill: str) -> Kept:
    folder = folder_of(state, drill)
    return Kept(drill=drill, folder=str(folder), host="", made=OVER, expires=OVER)


def said(folder: Path) -> list[Cleared]:
    site = open_site(resolve_settings(practice=str(folder), environment={}))
    return clear_left(site, of_others=True)


def test_what_is_at_work_is_left_whatever_its_label_says(platform: Path) -> None:
    """A drill of another state folder that takes longer than a day."""
    maker, state = maker_of(platform), platform.parent / "other"
    kept = kept_by(state, "d0")
    held = keep(state, kept)
    make(maker, 0, OVER, kept.folder)
    assert [(one.drill, one.goes_on, one.gone) for one in said(platform)] == [("d0", True, ())]
    done = CliRunner().invoke(cli, ["backup", "--quiet", "--practice", str(platform)])
    assert done.exit_code == 0 and [one.drill for one in maker.made_networks()] == ["d0"]
    # Its process is gone, and with it the lock.
    held.leave()
    # What was begun meanwhile may hold it a moment longer.
    one = until(lambda: next((one for one in said(platform) if not one.goes_on), None))
    assert not one.problem and maker.made_networks() == []
    assert [each.proof for each in one.gone if "not in the engine's list" in each.proof]


def test_a_worker_that_is_seen_is_at_work_wherever_its_files_are(platform: Path) -> None:
    """A sandbox in a folder that a person named does not lead to its state folder."""
    maker = maker_of(platform)
    # No other test's: a worker is seen all over the machine, by those that run beside this one.
    make(maker, 99, OVER, "/somewhere/pryvdrill-d99")
    wait = "import sys; sys.stdin.read()"
    (platform.parent / "waits.py").write_text(wait)
    words = [sys.executable, "-m", "waits", "/elsewhere/runs/d99"]
    with subprocess.Popen(words, cwd=platform.parent, stdin=subprocess.PIPE) as worker:
        until(lambda: worker_below("runs", "d99") is not None)
        assert [one.goes_on for one in said(platform)] == [True]
        worker.communicate(b"")
    assert [one.goes_on for one in said(platform)] == [False]


@pytest.mark.parametrize("folder", ["", "/somewhere/pryvdrill-d0", "/gone/sandboxes/d0/content"])
def test_where_nothing_tells_it_stays_and_how_it_goes_is_said(platform: Path, folder: str) -> None:
    maker = maker_of(platform)
    make(maker, 0, OVER, folder)
    (one,) = said(platform)
    assert one.gone == () and [each.drill for each in maker.made_networks()] == ["d0"]
    assert "it is not known here whether its drill is still running: " in one.words
    assert one.words.endswith("If it is not: docker network rm pryvdrill_d0_net.")


def test_nor_of_an_engine_elsewhere_by_folders_of_this_machine(
    platform: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = left_by_others(platform)
    monkeypatch.setattr(
        type(open_site(resolve_settings(practice=str(platform), environment={})).hosts[0]),
        "practice",
        False,
    )
    assert all(one.problem and not one.gone for one in said(platform))
    assert len(maker.made_networks()) == 3


def test_gone_is_said_of_what_was_looked_for(
    platform: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = left_by_others(platform)
    monkeypatch.setattr(type(maker), "remove_network", lambda *_: None)
    found = said(platform)
    assert [one.gone for one in found] == [(), ()]
    assert all("is still there" in one.problem for one in found)


def told_to(platform: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """What a run writes into its log of sandboxes."""
    clear_dead(open_site(resolve_settings(practice=str(platform), environment={})))
    heard = capfd.readouterr()
    return heard.out + heard.err


def test_what_is_of_others_and_stays_is_news_once_in_a_log(
    platform: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    maker = maker_of(platform)
    open_site(resolve_settings(practice=str(platform), environment={})).state.mkdir(mode=0o700)
    make(maker, 0, OVER, "/somewhere/pryvdrill-d0")
    assert "docker network rm pryvdrill_d0_net" in told_to(platform, capfd)
    assert told_to(platform, capfd) == ""
    # Another one is news, and what somebody asks for is told each time.
    make(maker, 1, OVER, "/somewhere/pryvdrill-d1")
    heard = told_to(platform, capfd)
    assert "pryvdrill_d1_net" in heard and "pryvdrill_d0_net" not in heard
    for command in (("drill", "clean"), ("recover",)) * 2:
        asked = CliRunner().invoke(cli, [*command, "--practice", str(platform)])
        assert "pryvdrill_d0_net" in asked.output and "pryvdrill_d1_net" in asked.output
    # One that went and came again is told again.
    maker.remove_network("pryvdrill_d0_net", "d0")
    assert told_to(platform, capfd) == ""
    make(maker, 0, OVER, "/somewhere/pryvdrill-d0")
    assert "pryvdrill_d0_net" in told_to(platform, capfd)


def lines_of(platform: Path, *command: str) -> list[str]:
    """What a command that is looked at says of drills of others."""
    done = CliRunner().invoke(cli, [*command, "--practice", str(platform)])
    lines = [
        one
        for one in done.stdout.splitlines()
        if " of another state folder is still on the engine" in one
    ]
    assert done.exit_code == 3 or not lines
    return lines


def test_that_it_stays_is_told_for_as_long_as_it_does(platform: Path) -> None:
    """Nobody reads the log of a run that has no terminal: that counts as told to nobody."""
    maker = maker_of(platform)
    make(maker, 5, OVER, "/somewhere/pryvdrill-d5")
    make(maker, 6, OVER, "/somewhere/pryvdrill-d6")
    done = CliRunner().invoke(cli, ["backup", "--quiet", "--practice", str(platform)])
    assert done.exit_code == 0, done.output
    site = open_site(resolve_settings(practice=str(platform), environment={}))
    assert "pryvdrill_d5_net" in "".join(
        log.read_text() for log in site.state.glob("runs/*/worker.log")
    )
    for command in (("status",), ("doctor",)) * 2:
        told = lines_of(platform, *command)
        assert ["drill d5 of" in told[0], "drill d6 of" in told[1], len(told)] == [True, True, 2], (
            told
        )
    drawn = with_drills(first_look(site).overview, site.settings, still_stays(site))
    (first, _second) = [one for one in drawn.attention if "another state folder" in one.text]
    assert (first.level, first.remedy) == (
        "warning",
        ("To see how to remove it: pryv-tui drill clean"),
    )
    # The command that is named says how; who has done so reads of it no more, at once.
    asked = CliRunner().invoke(cli, ["drill", "clean", "--practice", str(platform)])
    assert "docker network rm pryvdrill_d5_net" in asked.output
    maker.remove_network("pryvdrill_d5_net", "d5")
    for command in (("status",), ("doctor",)):
        (line,) = lines_of(platform, *command)
        assert "drill d6 of" in line
    # One that is not seen, since its engine says nothing, is not taken for gone.
    with_silent = [Stays(drill="d6", host=site.hosts[0].name)]
    note_stays(site.state, [], [])
    assert known_to_stay(site.state)[-1:] == with_silent
    note_stays(site.state, [], [site.hosts[0].name])
    assert known_to_stay(site.state) == []


@pytest.mark.parametrize("content", ["", "[", '["d0"]', '{"d0": 1}'])
def test_a_file_of_it_that_says_nothing_keeps_nobody_from_looking(
    platform: Path, content: str
) -> None:
    """An earlier version wrote names alone: the next look writes it anew."""
    make(maker_of(platform), 7, OVER, "/somewhere/pryvdrill-d7")
    site = open_site(resolve_settings(practice=str(platform), environment={}))
    site.state.mkdir(parents=True, exist_ok=True)
    (site.state / TOLD).write_text(content)
    assert lines_of(platform, "status") == []
    clear_left(site, of_others=True)
    assert len(lines_of(platform, "status")) == 1


def test_what_others_are_at_work_in_is_told_to_nobody_who_did_not_ask(
    platform: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    maker, state = maker_of(platform), platform.parent / "other"
    kept = kept_by(state, "d0")
    held = keep(state, kept)
    make(maker, 0, OVER, kept.folder)
    assert told_to(platform, capfd) == ""
    asked = CliRunner().invoke(cli, ["drill", "clean", "--practice", str(platform)])
    assert "The drill d0 is still running: its sandbox is left alone." in asked.stdout
    held.let_go()


def test_where_it_can_not_be_written_down_it_is_told_again(
    platform: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make(maker_of(platform), 0, OVER, "/somewhere/pryvdrill-d0")
    site = open_site(resolve_settings(practice=str(platform), environment={}))
    site.state.mkdir(parents=True, exist_ok=True)
    (site.state / TOLD).mkdir()
    assert "pryvdrill_d0_net" in told_to(platform, capfd)
    assert "pryvdrill_d0_net" in told_to(platform, capfd)
