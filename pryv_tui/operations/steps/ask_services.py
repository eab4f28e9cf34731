"""Ask the applications themselves: a container that runs may still not answer."""

from __future__ import annotations

import time

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.hints import container_command, or_by_hand
from pryv_tui.operations.plan import Step, quote
from pryv_tui.platform.questions import FRONT_DOOR, Question

PATIENCE_SECONDS = 90.0
"""How long the applications of a real platform get to answer: Node services boot in seconds."""
PRACTICE_PATIENCE_SECONDS = 2.0
NGINX = f"pryvio_{FRONT_DOOR}"


class AskServices(Step, frozen=True, kw_only=True, tag="ask"):
    """Asks until every address answers 200, through the machine's own nginx.

    An address that does not answer is a warning, not a failure: the data is back and was compared,
    and what keeps the service from answering (a certificate, DNS, a firewall) may lie outside.
    """

    domain: str
    questions: tuple[Question, ...]
    early: bool = False
    """Asked between two starts: without an answer the run goes on, and asks again at the end."""

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
        engine = ctx.site.host(self.host).engine
        front = next((c for c in engine.containers() if c.name == NGINX), None)
        if front is None or not front.running:
            ctx.warn(
                f"{self.host}: not asked whether it answers, {NGINX} does not run; ask by hand:"
                f" {'; '.join(self.command)}"
            )
            return
        patience = PRACTICE_PATIENCE_SECONDS if ctx.site.practice else PATIENCE_SECONDS
        deadline = time.monotonic() + patience
        for question in self.questions:
            problem = self._ask(ctx, question, deadline)
            if not problem:
                if not self.early:
                    ctx.checked(f"{question.url(self.domain)} answers 200")
            elif self.early:
                ctx.report.note(f"{question.url(self.domain)} does not answer yet: {problem}")
            else:
                ctx.warn(
                    f"{question.url(self.domain)} does not answer: {problem}. The data is back;"
                    f" read its log: {self._log(ctx, question)}"
                )

    def _log(self, ctx: RunContext, question: Question) -> str:
        name = f"pryvio_{question.service}"
        docker = or_by_hand("docker", "logs", name, practice=ctx.site.practice)
        return container_command("logs", name, self.host) + docker

    def _ask(self, ctx: RunContext, question: Question, deadline: float) -> str:
        """Ask until it answers 200; what is wrong where it does not, else nothing."""
        engine = ctx.site.host(self.host).engine
        while True:
            ctx.check_cancelled()
            try:
                status = engine.ask(NGINX, f"{question.name}.{self.domain}", question.path)
                problem = "" if status == 200 else f"it says {status}"
            except PryvTuiError as error:
                problem = error.what
            if not problem or time.monotonic() > deadline:
                return problem
            time.sleep(0.05 if ctx.site.practice else 0.5)
