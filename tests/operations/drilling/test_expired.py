"""What a drill of another state folder left goes when its time is over, wherever one begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.hosts.sandbox.making import Maker, Network
from pryv_tui.operations.drilling.clearing import Cleared
from pryv_tui.operations.drilling.facts import Disposal
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.worker.process import clear_dead

OVER, LATER = "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    PracticePlatform.create(tmp_path / "p", users=1, attachments=1)
    return tmp_path / "p"


def left_by_others(folder: Path) -> Maker:
    """Networks of drills that no state folder here knows: two whose time is over, one other."""
    maker = open_site(resolve_settings(practice=str(folder), environment={})).hosts[0].maker
    assert maker is not None
    for number, expires in enumerate((OVER, LATER, OVER)):
        name, subnet = f"pryvdrill_d{number}_net", f"198.18.{number}.0/24"
        maker.make_network(Network(name=name, drill=f"d{number}", expires=expires, subnet=subnet))
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
    lines = [one for one in (said.out + said.err).splitlines() if "whose time was over" in one]
    assert [one.partition("drill ")[2][:2] for one in lines] == ["d0", "d2"]
    assert clear_dead(site) is False


def test_files_are_said_to_be_gone_where_they_are() -> None:
    net = Disposal(what="network n", when="", proof="x", network=True)
    of_others = Cleared(drill="d", gone=(net,)).words
    assert "1 network" in of_others and "Its files stay" in of_others
    assert "and its files" not in of_others
    own = Cleared(drill="d", gone=(net, Disposal(what="/d", when="", proof="x"))).words
    assert own.endswith("1 network, and its files.") and "files stay" not in own
