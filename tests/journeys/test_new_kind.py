"""A kind of run is one file: planned, run, cancelled, shown and listed with nothing else edited."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from pryv_tui.cli.base.telling import Narrator
from pryv_tui.cli.main import cli
from pryv_tui.operations import kinds
from pryv_tui.operations.commands import completed
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.kind_files import PACKAGE, kind_names
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.cancelling import outlook, outlook_of
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_request
from pryv_tui.runs.record.events import AnyEvent, RunFinished, StepStarted
from pryv_tui.runs.record.history import all_runs, request_of
from pryv_tui.runs.record.report import Part, text_of
from pryv_tui.runs.recovery import first_look
from pryv_tui.tui.screens.runs import run_row
from pryv_tui.tui.text.hints import keyed, keys_first
from pryv_tui.tui.text.run import cancel_text, result_parts, steps_list
from pryv_tui.tui.text.run_model import RunModel
from tests.journeys.performing import perform

TOY = """
from typing import ClassVar
from pathlib import Path
from pryv_tui.operations.kind import Key, Request
from pryv_tui.operations.plan import Plan, Step, numbered

class Wave(Step, frozen=True, kw_only=True, tag="wave"):
    to: str
    @property
    def title(self):
        return f"Wave to {self.to}"
    def perform(self, ctx):
        ctx.check_cancelled()

class Toy(Request, frozen=True, kw_only=True, tag="toy"):
    to: tuple[str, ...] = ()
    key: ClassVar = Key("w", then=", then W on {id}", in_result=", then W")

    def plan(self, world):
        steps = [Wave(to=name) for name in self.to]
        return Plan(kind="toy", roles=(), steps=numbered(steps), domain=world.deployment.domain)
    @classmethod
    def cancelling(cls, progress):
        return f"{len(progress.done)} kinds of steps were waved."
    @classmethod
    def done(cls, plan, ctx):
        return f"Waved to {len(plan.steps)}."
    @classmethod
    def then(cls, plan, ctx):
        return ["Wave again: pryv-tui toy"]
    @classmethod
    def again(cls, plan, ctx):
        return "pryv-tui toy --all"

KIND = Toy
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/toy.py").write_text(TOY)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path / "more")])
    yield
    sys.modules.pop(f"{PACKAGE}.toy", None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    return resolve_settings(practice=str(tmp_path / "p"), environment={})


def screen(settings: Settings, events: list[AnyEvent]) -> str:
    """What the interface shows of the newest run, and of its row among the runs."""
    record, model = all_runs(Path(settings.state))[-1], RunModel()
    lines = model.fold(events)
    shown = [*(line.text for line in lines), steps_list(model, 80).plain, run_row(record).plain]
    return "\n".join([*shown, text_of(result_parts(record, model))])


def test_a_kind_is_one_file(
    settings: Settings,
    toy: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site = open_site(settings)
    asked = kind_of("toy")(settings=settings, to=("core", "all"))  # type: ignore[call-arg]
    plan = plan_request(site, site.discover(), asked)
    assert "Wave to core" in runbook(plan, "markdown")

    names = ("20260101T000001Z-toy-0a", "20260101T000002Z-toy-0b")
    events = perform(settings, names[0], "toy", monkeypatch, to=("core", "all"))
    last = events[-1]
    assert isinstance(last, RunFinished)
    assert (last.outcome, last.exit, last.what) == ("complete", 0, "Waved to 2.")
    shown = screen(settings, events)
    assert all(word in shown for word in ("Wave to all", "Toy of", "COMPLETE", "Waved to 2."))
    assert f"pryv-tui --practice {settings.practice} toy" in shown
    keys = text_of(keys_first([Part(tuple(shown.split("\n")))], names[0]))
    assert "press w on the overview, then W, or: pryv-tui" in keys
    narrator = Narrator()
    for event in events:
        narrator.tell(event)
    assert "[2/2] Wave to all" in capsys.readouterr().out

    events = perform(
        settings,
        names[1],
        "toy",
        monkeypatch,
        cancel=lambda event: isinstance(event, StepStarted),
        to=("core", "all"),
    )
    last = events[-1]
    assert isinstance(last, RunFinished)
    assert (last.outcome, last.exit) == ("cancelled", 130)
    assert "To do it anyway: pryv-tui" in last.next[0]
    assert last.next[0].endswith("toy --all")
    record = all_runs(site.state)[-1]
    assert "0 kinds of steps were waved." in cancel_text(record, outlook_of(record))
    request = request_of(record)
    assert request is not None and msgspec.structs.asdict(request)["to"] == ("core", "all")
    assert not left_behind(site, site.discover())

    listed = CliRunner().invoke(cli, ["runs", "--practice", str(settings.practice)])
    assert listed.exit_code == 0
    assert all(f"{name}  toy" in listed.output for name in names)
    assert keyed("Wave: pryv-tui toy", ()) == "Wave: press w on the overview"
    assert completed("Wave: pryv-tui toy", ("--root", "/r")) == "Wave: pryv-tui --root /r toy"


def test_a_run_of_a_later_kind_is_shown(
    settings: Settings, toy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is set back finds journals of kinds that it does not know."""
    name = "20260101T000001Z-toy-0a"
    events = perform(settings, name, "toy", monkeypatch, to=("core",))
    monkeypatch.setattr(kinds, "__path__", kinds.__path__[:1])
    sys.modules.pop(f"{PACKAGE}.toy")
    assert "toy" not in kind_names()
    (record,) = all_runs(Path(settings.state))
    assert (record.id, record.kind, record.outcome) == (name, "toy", "complete")
    assert "knows no run of the kind 'toy'" in record.problems[0]
    assert request_of(record) is None
    assert "Waved to 1." in screen(settings, events)
    assert outlook("toy", events[:2]).whole.startswith("Its result will say what it leaves")
    site = open_site(settings)
    assert not left_behind(site, site.discover())
    assert any(
        "knows no run of the kind" in one.text for one in first_look(site).overview.attention
    )
    listed = CliRunner().invoke(cli, ["runs", "--practice", str(settings.practice)])
    assert listed.exit_code == 0 and f"{name}  toy" in listed.output
