"""What a person stops by hand while an incident is open is down, by the incident as by the look."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.incidents.events import Stopped
from pryv_tui.incidents.facts import RunFacts
from pryv_tui.incidents.marks import marks_of
from pryv_tui.incidents.opening import Seen, news
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.operations.plan import StepView
from pryv_tui.runs.record.events import AnyEvent, RunFinished, RunStarted, StepFinished, StepStarted
from tests.incidents.scripted import at, incident, lost, opened, run
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"


def switched(
    act: str, seconds: float, *, outcome: Any = "done", name: str = "pryvio_register"
) -> RunFacts:
    """A run that stops or starts one container."""
    words = (f"docker stop -t 30 {name}",) if act == "stop" else (f"docker start {name}",)
    view = StepView(step="1", title="x", host="h", command=words, leaves="", undone="",
                    destructive=True, kind=f"{act}-container")  # fmt: skip
    step = {"step": "1", "title": "x", "command": list(words)}
    events: list[AnyEvent] = [
        RunStarted(time=at(seconds), kind=act, roles=["register"], plan=[view], pid=1),
        StepStarted(time=at(seconds + 1), **step),  # type: ignore[arg-type]
        StepFinished(time=at(seconds + 2), outcome=outcome, seconds=1.0, **step),  # type: ignore[arg-type]
        RunFinished(time=at(seconds + 3), outcome="complete", exit=0),
    ]
    end = at(seconds + 3)
    return RunFacts(id=f"{seconds}-{act}", kind=act, outcome="complete", asked=at(seconds),
                    started=at(seconds), finished=end, marks=marks_of(events, name))  # fmt: skip


def test_what_a_stop_has_stopped_is_down_from_then_until_a_start() -> None:
    one = incident(opened(0), lost(0, "static-web", since=0))
    back = run("restore", 10, ends=30, serves=20, roles=("static-web",))
    times = reckon(one, [back, switched("stop", 100)], at(200))
    assert times.down["register"].since == at(101)
    assert times.serving == ""
    both = reckon(one, [back, switched("stop", 100), switched("start", 150)], at(200))
    assert both.down["register"].seconds == 51
    assert both.serving == at(152)
    # Whether one that failed has stopped it, its own steps do not tell.
    failed = switched("stop", 100, outcome="failed")
    assert "register" not in reckon(one, [back, failed], at(200)).down
    # Nobody's users need that one.
    other = switched("stop", 100, name="pryvio_config_follower")
    assert set(reckon(one, [back, other], at(200)).down) == {"static-web"}


def test_what_a_look_finds_stopped_is_down_until_one_finds_it_served() -> None:
    seen = Seen({}, {}, {"core": at(50)})
    (found,) = news(seen, open_now=True, down=(), lost=(), was_lost=())
    assert found == Stopped(role="core", since=at(50))
    assert news(seen, open_now=True, down={"core"}, lost=(), was_lost=()) == []
    assert news(seen, open_now=False, down=(), lost=(), was_lost=()) == []
    one = incident(opened(0), lost(0, "static-web", since=0),
                   Stopped(time=at(60), role="core", since=at(50)))  # fmt: skip
    (span,) = reckon(one, [], at(100)).down["core"].spans
    assert (span.start, span.end, span.exact) == (at(50), "", True)
    assert one.roles == ("static-web",), "it is not lost"
    unknown = incident(opened(0), Stopped(time=at(60), role="core"))
    (span,) = reckon(unknown, [], at(100)).down["core"].spans
    assert (span.start, span.exact) == (at(60), False)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def told(shell: Shell) -> Any:
    return json.loads(shell.type("report", "--format", "json").out)


@pytest.mark.parametrize("by", ["the program", "docker"])
def test_a_role_that_is_stopped_by_hand_is_down_beside_what_was_lost(
    tmp_path: Path, by: str
) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster")
    shell.platform.wipe("register")
    assert shell.type("status").exit == 3
    assert shell.type("restore", "latest", "--role", "register", "--confirm", DOMAIN).exit in (0, 3)
    assert told(shell)["times"]["serving"]
    if by == "docker":
        for engine in (one.engine for one in shell.platform.hosts):
            if "pryvio_register" in [container.name for container in engine.containers()]:
                engine.stop("pryvio_register")
    else:
        assert shell.type("containers", "stop", "pryvio_register").exit in (0, 3)
    said = shell.type("status").out
    assert "Incident: serves again" not in said and "register is down since" in said
    report = told(shell)
    assert report["times"]["serving"] is None
    down = report["down"]["register"]
    assert down["since"] and [span["end"] for span in down["spans"]][-1] is None
    assert len(down["spans"]) == 2, "it served in between"
    assert report["incident"]["roles"] == ["register"]
    assert shell.type("containers", "start", "pryvio_register").exit in (0, 3)
    shell.type("status")
    report = told(shell)
    assert report["times"]["serving"] and report["down"]["register"]["since"] is None
    assert len(report["down"]["register"]["spans"]) == 2
