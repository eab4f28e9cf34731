"""Ask the applications over HTTP: a container that runs may still not answer."""

from __future__ import annotations

import threading
import time
from functools import partial

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.commands import container_command, or_by_hand
from pryv_tui.operations.containers.again import without_log
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.platform.identity import canonical
from pryv_tui.platform.questions import FRONT_DOOR, Question

NGINX = canonical(FRONT_DOOR)


class AskServices(Step, frozen=True, kw_only=True, tag="ask"):
    """Ask all addresses at once, through the host's own nginx, until each answers 200 or the time
    is over.

    An address that does not answer is a warning, not a failure: the data is back by then, and what
    keeps the service from answering (a certificate, DNS, a firewall) may lie outside.
    """

    domain: str
    questions: tuple[Question, ...]
    front: str = NGINX
    """The container of the host's nginx."""
    early: bool = False
    """This step comes between two starts: without an answer the run goes on, and asks again at the
    end."""

    @property
    def title(self) -> str:
        services = " and ".join(dict.fromkeys(question.service for question in self.questions))
        if self.early:
            return f"Wait until {services} answers on {self.host}"
        return f"Ask {services} on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return tuple(quote("curl", "-sf", q.url(self.domain)) for q in self.questions)

    def perform(self, ctx: RunContext) -> None:
        if not self.early:
            ctx.asked.append(partial(self._once_more, ctx))
        self._perform(ctx)

    def _once_more(self, ctx: RunContext) -> None:
        """Repeat this step's questions later in the run; the new answers replace the old ones."""
        for question in self.questions:
            ctx.uncheck(self._answers(question))
        self._perform(ctx)

    def _answers(self, question: Question) -> str:
        return f"{question.url(self.domain)} answers 200"

    def _perform(self, ctx: RunContext) -> None:
        front = self._front_door(ctx)
        if front is None or not front.running:
            again = front is not None and front.state == "restarting"
            why = "keeps restarting" if again else "is not running"
            ctx.warn(
                f"{self.host}: not tested whether it answers, since {self.front} {why}; test it"
                f" by hand: {'; '.join(self.command)}"
            )
            return
        problems = self._ask_all(ctx, front.name)
        for question in self.questions:
            problem = problems[question]
            if not problem:
                if not self.early:
                    ctx.checked(self._answers(question))
            elif self.early:
                ctx.report.note(f"{question.url(self.domain)} does not answer yet: {problem}")
            else:
                self._tell(ctx, question, problem)

    def _front_door(self, ctx: RunContext) -> Container | None:
        """The nginx container, or None.

        While its engine is restarting it, it is waited for like an answer: nginx ends when a host
        name behind it can't be resolved yet, and is restarted.
        """
        patience, began = self._patience(ctx), time.monotonic()
        pause = ctx.site.patience.ask_at_first
        try:
            while True:
                front = ctx.glance_at(self.host).find(self.front, FRONT_DOOR)
                if front is None or front.state != "restarting":
                    return front
                if time.monotonic() - began > patience:
                    return front
                ctx.check_cancelled()
                time.sleep(pause)
                pause = min(ctx.site.patience.ask_every, pause * 2)
        finally:
            ctx.facts.asked_seconds += time.monotonic() - began

    def _patience(self, ctx: RunContext) -> float:
        """The seconds that an address without an answer is waited for.

        Time that the run has waited already counts: one nginx that answers nothing must not cost
        the whole time for every question.
        """
        waits = ctx.site.patience
        return max(waits.answers - ctx.facts.asked_seconds, waits.late_answers)

    def _tell(self, ctx: RunContext, question: Question, problem: str) -> None:
        """Warn of an address that does not answer, and say where to look."""
        name = canonical(question.service)
        found = ctx.glance_at(self.host).find(name)
        silent = f"{question.url(self.domain)} does not answer: {problem}"
        if lacks := without_log(found, name, self.host):
            ctx.warn(f"{silent}. The data is back; {lacks}")
            return
        name = found.name if found is not None else name
        docker = or_by_hand("docker", "logs", name, practice=ctx.site.practice)
        log = container_command("logs", name, self.host) + docker
        ctx.warn(f"{silent}. The data is back; read its log: {log}")

    def _ask_all(self, ctx: RunContext, front: str) -> dict[Question, str]:
        """Ask everything at once until all answer 200; by question, what is wrong (empty:
        nothing)."""
        waits = ctx.site.patience
        patience = self._patience(ctx)
        began = time.monotonic()
        over = threading.Event()
        problems = dict.fromkeys(self.questions, "it was asked, and has not answered yet")

        def ask(question: Question) -> None:
            pause = waits.ask_at_first
            while True:
                problem = self._ask(ctx, front, question)
                if not over.is_set():
                    problems[question] = problem
                if not problem or time.monotonic() - began > patience:
                    return
                if over.wait(pause):
                    return
                pause = min(waits.ask_every, pause * 2)

        asking = [threading.Thread(target=ask, args=(q,), daemon=True) for q in self.questions]
        try:
            for thread in asking:
                thread.start()
            while any(thread.is_alive() for thread in asking):
                ctx.check_cancelled()
                if time.monotonic() - began > patience + waits.one_answer:
                    break  # a server that sends a byte now and then would block for ever
                for thread in asking:
                    thread.join(0.02)
        finally:
            over.set()
            ctx.facts.asked_seconds += time.monotonic() - began
        return problems

    def _ask(self, ctx: RunContext, front: str, question: Question) -> str:
        """Ask once; return what is wrong where it does not answer 200, else an empty text."""
        try:
            status = ctx.site.host(self.host).engine.ask(
                front, f"{question.name}.{self.domain}", question.path
            )
        except PryvTuiError as error:
            return error.what
        return "" if status == 200 else f"it says {status}"
