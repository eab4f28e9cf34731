"""The applications are asked: what they answer decides, not that their containers run."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import Container, ContainerState
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import tag_of
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.steps.services.ask_services import AskServices
from pryv_tui.platform.questions import questions
from tests.helpers.waiting import PATIENCE
from tests.hosts.machines import StillEngine, StillHost, machine
from tests.operations.kit import DOMAIN, Heard, context, deployed, manifest_of, part, set_of


class AnsweringEngine(StillEngine):
    """Answers each address with the statuses given for it, the last one for ever."""

    def __init__(self, role: str, answers: dict[str, list[int]]) -> None:
        super().__init__(machine(role))
        self.answers = answers
        self.asked: list[tuple[str, str, str]] = []

    def ask(self, container: str, name: str, path: str) -> int:
        self.asked.append((container, name, path))
        left = self.answers.get(path, [])
        if not left:
            raise PryvTuiError("step-failed", "172.18.0.9:443: connection refused")
        return left.pop(0) if len(left) > 1 else left[0]


def asked(
    folder: Path,
    answers: dict[str, list[int]],
    *,
    early: bool = False,
    patience: Patience | None = None,
) -> tuple[RunContext, Heard, AnsweringEngine]:
    host = StillHost("single")
    engine = AnsweringEngine("single-node", answers)
    given: Any = engine
    host.engine = given
    ctx, heard = context(folder, host, patience=patience or IMPATIENT)
    AskServices(
        host="single",
        domain=DOMAIN,
        questions=questions(("core", "register"), "single"),
        early=early,
    ).perform(ctx)
    return ctx, heard, engine


GOOD = {"/service/info": [200], "/wactiv/check_username": [200], "/status": [200]}


IMPATIENT = Patience(answers=0.2, late_answers=0.02, ask_every=0.05)
"""For those that nobody answers: a machine that has other work may take longer over an answer."""
PATIENT = msgspec.structs.replace(IMPATIENT, answers=PATIENCE)


def test_every_answer_is_evidence(tmp_path: Path) -> None:
    ctx, _, engine = asked(tmp_path, dict(GOOD))
    assert ctx.facts.checks == [
        f"https://reg.{DOMAIN}/service/info answers 200",
        f"https://reg.{DOMAIN}/wactiv/check_username answers 200",
        f"https://co1.{DOMAIN}/status answers 200",
    ]
    assert ctx.facts.warnings == []
    assert {container for container, _, _ in engine.asked} == {"pryvio_nginx"}


def test_it_is_waited_for(tmp_path: Path) -> None:
    ctx, _, engine = asked(tmp_path, {**GOOD, "/status": [502, 503, 200]}, patience=PATIENT)
    assert ctx.facts.warnings == []
    assert len(engine.asked) == 5


@pytest.mark.parametrize(("answers", "why"), [([502], "it says 502"), ([], "connection refused")])
def test_a_core_that_does_not_answer_needs_a_person(
    tmp_path: Path, answers: list[int], why: str
) -> None:
    ctx, _, _ = asked(tmp_path, {**GOOD, "/status": answers})
    (warning,) = ctx.facts.warnings
    assert why in warning
    assert f"https://co1.{DOMAIN}/status" in warning
    assert "pryv-tui containers logs pryvio_core --host " in warning
    assert len(ctx.facts.checks) == 2


def test_between_two_starts_nothing_is_said_for_good(tmp_path: Path) -> None:
    ctx, heard, _ = asked(tmp_path, {}, early=True)
    assert ctx.facts.warnings == ctx.facts.checks == []
    assert all("does not answer yet" in text for _, text in heard.notes)
    assert len(heard.notes) == 3


def test_without_nginx_it_says_that_nobody_asked(tmp_path: Path) -> None:
    host = StillHost("core", [c for c in machine("core") if c.service != "nginx"])
    ctx, _ = context(tmp_path, host, patience=IMPATIENT)
    AskServices(host="core", domain=DOMAIN, questions=questions(("core",), "core")).perform(ctx)
    (warning,) = ctx.facts.warnings
    assert "not tested" in warning
    assert f"curl -sf https://co1.{DOMAIN}/status" in warning


class RestartingFront(AnsweringEngine):
    """Its nginx is being started again by the engine at the first looks, and is something else
    from then on."""

    def __init__(self, looks: int, then: ContainerState) -> None:
        super().__init__("single-node", {path: list(said) for path, said in GOOD.items()})
        self.looks, self.then = looks, then

    def glance(self) -> list[Container]:
        self.looks -= 1
        state: ContainerState = "restarting" if self.looks >= 0 else self.then
        return [
            msgspec.structs.replace(c, state=state) if c.service == "nginx" else c
            for c in super().glance()
        ]


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize(
    ("looks", "then", "asked", "told"),
    [
        (1, "running", True, ""),
        (5, "running", True, ""),
        (10**9, "restarting", False, "keeps restarting"),
        (2, "exited", False, "is not running"),
        (0, "exited", False, "is not running"),
        (0, "paused", False, "is not running"),
    ],
)
def test_a_front_door_that_is_started_again_is_waited_for(
    tmp_path: Path, looks: int, then: ContainerState, asked: bool, told: str, early: bool
) -> None:
    """It ends where a name behind it is not there yet, and its engine starts it once more."""
    host = StillHost("single")
    engine: Any = RestartingFront(looks, then)
    host.engine = engine
    # Where it is to end by itself there is time enough on any machine.
    ctx, _ = context(tmp_path, host, patience=IMPATIENT if looks > 10 else PATIENT)
    AskServices(
        host="single",
        domain=DOMAIN,
        questions=questions(("core", "register"), "single"),
        early=early,
    ).perform(ctx)
    assert len({path for _, _, path in engine.asked}) == (3 if asked else 0)
    assert len(ctx.facts.checks) == (3 if asked and not early else 0)
    assert [told in text for text in ctx.facts.warnings] == [True] * bool(told)
    if looks > 10:
        assert IMPATIENT.answers <= ctx.facts.asked_seconds, "it has used up what there was"


def test_a_cancel_is_heard_while_the_front_door_is_waited_for(tmp_path: Path) -> None:
    host = StillHost("single")
    engine: Any = RestartingFront(10**9, "restarting")
    host.engine = engine
    ctx, _ = context(tmp_path, host, patience=msgspec.structs.replace(IMPATIENT, answers=3600.0))
    ctx.cancel.set()  # type: ignore[attr-defined]
    with pytest.raises(Cancelled):
        AskServices(host="single", domain=DOMAIN, questions=questions(("core",), "single")).perform(
            ctx
        )


@pytest.mark.parametrize("now", [200, 502])
def test_what_is_asked_once_more_tells_what_holds_now(tmp_path: Path, now: int) -> None:
    ctx, _, engine = asked(tmp_path, {path: list(said) for path, said in GOOD.items()})
    before = list(ctx.facts.checks)
    engine.answers["/status"] = [now]
    (once_more,) = ctx.asked
    once_more()
    status = f"https://co1.{DOMAIN}/status answers 200"
    if now == 200:
        assert sorted(ctx.facts.checks) == sorted(before) and ctx.facts.warnings == []
    else:
        assert status in before and status not in ctx.facts.checks
        assert "it says 502" in ctx.facts.warnings[0]


def test_what_is_asked_between_two_starts_is_asked_at_the_end_anyway(tmp_path: Path) -> None:
    ctx, _, _ = asked(tmp_path, {path: list(said) for path, said in GOOD.items()}, early=True)
    assert ctx.asked == []


def tags(*parts: Any) -> list[tuple[str, str]]:
    names = [one.name for one in parts]
    plan = restore_plan(deployed(*names), set_of(manifest_of(*parts)), run_id="R")
    return [(tag_of(step), step.id) for step in plan.steps]


def test_register_has_answered_before_core_starts_and_all_are_asked_at_the_end() -> None:
    found = tags(part("core", "core"), part("register", "register"))
    ids = [name.split("-", 1)[1] for _, name in found]
    assert ids.index("start-register-register") < ids.index("ask-register")
    assert ids.index("ask-register") < ids.index("start-rest-core")
    assert ids[-4:] == ["ask-register", "ask-core", "close-restore", "audit-live"]


def test_a_domain_that_is_no_domain_can_not_be_asked_by() -> None:
    manifest = manifest_of(part("core", "core"), domain="myhost")
    plan = restore_plan(deployed("core"), set_of(manifest), run_id="R")
    assert "ask" not in [tag_of(step) for step in plan.steps]


def test_each_core_is_asked_by_its_name() -> None:
    assert [q.name for q in questions(("core",), "co2", core=1)] == ["co2"]
    assert [q.name for q in questions(("core",), "left", core=3)] == ["co3"]
    assert questions(("static-web",), "web") == ()


class DumbEngine(StillEngine):
    """Its nginx takes every question, and answers none: each costs what a network waits, once all
    that are asked together are there."""

    def __init__(self, together: int = 1) -> None:
        super().__init__(machine("single-node"))
        self.lock = threading.Lock()
        self.together, self.all_there = together, threading.Event()
        self.at_once = self.most = self.asked = 0

    def ask(self, container: str, name: str, path: str) -> int:
        with self.lock:
            self.asked += 1
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            if self.at_once == self.together:
                self.all_there.set()
        self.all_there.wait(PATIENCE)
        self.never.wait(0.2)
        with self.lock:
            self.at_once -= 1
        raise PryvTuiError("step-failed", "172.18.0.9:443: timed out")

    never = threading.Event()


def test_a_front_door_that_answers_nobody_costs_one_wait_for_all(tmp_path: Path) -> None:
    """Asked before core starts, and again at the end: three questions, two steps."""
    host = StillHost("single")
    engine: Any = DumbEngine(together=3)
    host.engine = engine
    # However long it takes until all are there: no question ends before it is asked by each.
    ctx, _ = context(tmp_path, host, patience=msgspec.structs.replace(IMPATIENT, one_answer=600.0))
    step = AskServices(
        host="single",
        domain=DOMAIN,
        questions=questions(("core", "register"), "single"),
        early=True,
    )
    step.perform(ctx)
    assert engine.most == 3, "all at once"
    spent, asked = ctx.facts.asked_seconds, engine.asked
    assert spent >= 0.2
    msgspec.structs.replace(step, early=False).perform(ctx)
    assert engine.asked - asked == 3, "what was waited already counts: once more, and on"
    assert len(ctx.facts.warnings) == 3
    assert all("timed out" in text for text in ctx.facts.warnings)


def test_what_one_machine_s_front_door_has_cost_another_s_is_not_waited_for_again(
    tmp_path: Path,
) -> None:
    """A cluster on which none answers costs one wait, not one for each machine."""
    hosts = [StillHost(name) for name in ("one", "two", "three")]
    asked: list[int] = []
    for host in hosts:
        dumb: Any = AnsweringEngine("core", {"/status": [502]})
        host.engine = dumb
    ctx, _ = context(
        tmp_path, *hosts, patience=msgspec.structs.replace(IMPATIENT, late_answers=0.0)
    )
    for host in hosts:
        engine: Any = host.engine
        AskServices(
            host=host.name, domain=DOMAIN, questions=questions(("core",), host.name)
        ).perform(ctx)
        asked.append(len(engine.asked))
    assert asked[1:] == [1, 1], "once, and on"
    assert len([text for text in ctx.facts.warnings if "it says 502" in text]) == 3, "all are told"


def test_one_that_never_ends_a_question_does_not_keep_the_run(tmp_path: Path) -> None:
    over = threading.Event()

    class Endless(StillEngine):
        def ask(self, container: str, name: str, path: str) -> int:
            over.wait()
            return 200

    host = StillHost("single")
    engine: Any = Endless(machine("single-node"))
    host.engine = engine
    ctx, _ = context(tmp_path, host, patience=msgspec.structs.replace(IMPATIENT, one_answer=0.1))
    AskServices(host="single", domain=DOMAIN, questions=questions(("core",), "single")).perform(ctx)
    over.set()
    (warning,) = ctx.facts.warnings
    assert "has not answered yet" in warning


def test_a_cancel_is_heard_while_nobody_answers(tmp_path: Path) -> None:
    host = StillHost("single")
    engine: Any = DumbEngine()
    host.engine = engine
    ctx, _ = context(tmp_path, host, patience=IMPATIENT)
    ctx.cancel.set()  # type: ignore[attr-defined]
    with pytest.raises(Cancelled):
        AskServices(host="single", domain=DOMAIN, questions=questions(("core",), "single")).perform(
            ctx
        )
