"""Ask the applications over HTTP, because a container may run and not answer."""

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
    """Ask all addresses in parallel, through the host's own nginx, until each answers 200 or the
    time is over.

    An address that does not answer is a warning and no failure: the data is already restored, and
    the cause may be outside the platform (a certificate, DNS, a firewall).
    """

    domain: str
    questions: tuple[Question, ...]
    front: str = NGINX
    """The container of the host's nginx."""
    early: bool = False
    """Whether this step comes between two starts. Then the run continues without an answer, and
    asks again at its end."""

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
                f"{self.host}: whether its services answer was not tested, since {self.front}"
                f" {why}; test it by hand: {'; '.join(self.command)}"
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
        """Return the nginx container; None if there is none.

        If its engine is restarting it, wait until it runs, as long as for an answer: nginx ends if
        it can't resolve the name of a service yet, and its engine restarts it.
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
        """Return how many seconds to wait for the answers.

        The time that this run has already waited for other answers is subtracted, so that an nginx
        that never answers does not cost the full time for each question.
        """
        waits = ctx.site.patience
        return max(waits.answers - ctx.facts.asked_seconds, waits.late_answers)

    def _tell(self, ctx: RunContext, question: Question, problem: str) -> None:
        """Warn of an address that does not answer, and name the command that shows the cause."""
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
        """Ask all questions in parallel until all answer 200 or the time is over.

        Returns:
            by question, the reason why it is not answered with 200; empty if it is.
        """
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
                    break  # a server that sends a byte from time to time would block for ever
                for thread in asking:
                    thread.join(0.02)
        finally:
            over.set()
            ctx.facts.asked_seconds += time.monotonic() - began
        return problems

    def _ask(self, ctx: RunContext, front: str, question: Question) -> str:
        """Ask once; return an empty text for the answer 200, else the reason."""
        try:
            status = ctx.site.host(self.host).engine.ask(
                front, f"{question.name}.{self.domain}", question.path
            )
        except PryvTuiError as error:
            return error.what
        return "" if status == 200 else f"it says {status}"
