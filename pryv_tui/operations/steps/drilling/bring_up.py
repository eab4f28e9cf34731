"""Start the services of a sandbox, one after the other, and wait for an answer of each."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.hosts.sandbox.guard import DrillMaker
from pryv_tui.hosts.sandbox.making import Wanted
from pryv_tui.operations.containers.ending import Deadline
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.asking import SECONDS, Answered, answered, programs
from pryv_tui.operations.drilling.platform import need_machine
from pryv_tui.operations.plan import Step, docker_exec
from pryv_tui.operations.steps.drilling.build_sandbox import run_line
from pryv_tui.operations.steps.drilling.rehearsal import around, note_check, phase

ANSWERS = "answers"
_LOG_LINES = 20


class Ask(msgspec.Struct, frozen=True):
    """A request to a service that was started."""

    url: str
    only_ok: bool = True
    """Whether only status 200 is good; otherwise any answer is."""

    def good(self, answer: Answered) -> bool:
        return answer.status == 200 if self.only_ok else answer.status is not None


class BringUp(Step, frozen=True, kw_only=True, tag="bring-up"):
    """Create and start one service's container, then ask it until it answers.

    Another container took its place while the isolation was proven. That one had no data and was
    removed.
    """

    wanted: Wanted
    asks: tuple[Ask, ...] = ()
    askers: tuple[tuple[str, str], ...] = ()
    """Host of the set and container, for each container that may ask the service. The first with a
    suitable program asks."""
    started: bool = False
    """Whether an earlier step has started the service, so that this step only asks it. Between the
    two, nginx was started, through which the request goes."""

    @property
    def title(self) -> str:
        does = "Ask" if self.started else "Bring up"
        return f"{does} {self.wanted.service} of {self.host} in the sandbox"

    @property
    def command(self) -> tuple[str, ...]:
        who = self.askers[0][1] if self.askers else self.wanted.name
        made = () if self.started else (run_line(self.wanted),)
        return (
            *made,
            *(docker_exec(who, programs(ask.url)[0]) for ask in self.asks),
        )

    @property
    def leaves(self) -> str:
        return "a part of the sandbox; to remove it: pryv-tui drill clean"

    @property
    def undone(self) -> str:
        return "the drill removes it at its end"

    @property
    def phase(self) -> str:
        """The part of the step's id that differs from other steps of this kind."""
        return f"{'ask' if self.started else 'bring-up'}-{self.wanted.service}"

    @property
    def check(self) -> tuple[str, str]:
        return ANSWERS, f"{self.wanted.service} of {self.host}"

    @property
    def checks(self) -> tuple[tuple[str, str], ...]:
        return (self.check,) if self.asks else ()

    def perform(self, ctx: RunContext) -> None:
        host = need_machine(ctx.site.hosts)
        assert host.maker is not None
        engine = around(ctx).site.host(self.host).engine
        with phase(ctx, self.title, "machine"):
            began = time.monotonic()
            if not self.started:
                DrillMaker(host.maker, self.wanted.drill, self.wanted.folder).make(self.wanted)
                engine.start(self.wanted.name)
            problem = self._wait(ctx, began) if self.asks else ""
        if problem:
            note_check(ctx, *self.check, "failed", expected=self._expected, why=problem)
            for chunk in engine.logs(self.wanted.name, tail=_LOG_LINES):
                ctx.report.output("stderr", chunk)
            raise PryvTuiError("check-failed", f"{self.wanted.service} of {self.host}: {problem}")

    @property
    def _expected(self) -> str:
        return "200" if all(ask.only_ok for ask in self.asks) else "an answer"

    def _wait(self, ctx: RunContext, began: float) -> str:
        """Ask until the service answers; return the reason if it does not, else an empty text.

        Args:
            began: when the service was started or first asked, by `time.monotonic`.
        """
        patience = ctx.site.patience
        said: list[str] = []
        for ask in self.asks:
            while True:
                ctx.check_cancelled()
                answer = asked(ctx, ask.url, self.askers)
                if not answer.tried:
                    note_check(ctx, *self.check, "could not verify", why=answer.text)
                    return ""
                if ask.good(answer):
                    said.append(f"{ask.url} says {answer.status}")
                    break
                told = f"it says {answer.status}" if answer.status else answer.text[-300:]
                state = self._state(ctx)
                if state is None or not state.running:
                    ended = f", exit code {state.exit_code}" if state is not None else ""
                    return f"its container is not running any more{ended}; {ask.url}: {told}"
                if time.monotonic() - began > patience.answers:
                    return f"{ask.url}: {told}, after {patience.answers:.0f} s"
                time.sleep(patience.ask_every)
        took = time.monotonic() - began
        since = "asked first" if self.started else "started"
        note_check(
            ctx,
            *self.check,
            "passed",
            expected=self._expected,
            found=f"{', '.join(said)}, {took:.1f} s after it was {since}",
        )
        return ""

    def _state(self, ctx: RunContext) -> Container | None:
        engine = around(ctx).site.host(self.host).engine
        return next((one for one in engine.containers() if one.name == self.wanted.name), None)


def asked(ctx: RunContext, url: str, askers: Sequence[tuple[str, str]]) -> Answered:
    """Request a web address from inside the sandbox; return the answer.

    Args:
        askers: host of the set and container; the first container with a suitable program asks.
    """
    gone = ""
    for machine, container in askers:
        for argv in programs(url):
            lines: list[str] = []
            try:
                around(ctx).exec(
                    machine,
                    container,
                    argv,
                    on_line=lambda _stream, line, to=lines: to.append(line),  # type: ignore[misc]
                    ends=Deadline(SECONDS),
                    quiet=True,
                )
            except Cancelled:
                ctx.check_cancelled()
                return Answered(None, f"no answer within {SECONDS:.0f} s")
            except PryvTuiError as error:
                if error.name == "program-missing":
                    continue
                if error.name not in ("container-stopped", "container-missing"):
                    raise
                gone = error.what
                break
            return answered(lines)
    if gone:
        return Answered(None, gone)
    return Answered(None, "no container of it has a program to send requests with", tried=False)
