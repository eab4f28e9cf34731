"""Hold the platform: keep out new accounts, or all requests, while the parts of the data that must
fit together are copied."""

from __future__ import annotations

import time
from typing import Literal

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import container_command, or_by_hand
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.holding import (
    end_hold,
    gone_meanwhile,
    held_by,
    is_there,
    let_go,
    released,
    see_hold,
    tell_gap,
)
from pryv_tui.operations.plan import Step, quote
from pryv_tui.platform.gap import Hold, HoldKind, span

How = Literal["unpause", "start"]
"""The act that releases a held container.

Register is paused, not stopped: a request waits some seconds and then gets its answer, and register
need not start again. nginx is stopped, not paused: a paused nginx would still accept connections
that nobody answers. The applications complete the requests that nginx has already passed on.
"""

HELD: dict[HoldKind, tuple[str, How]] = {
    "registrations": ("pryvio_register", "unpause"),
    "everything": ("pryvio_nginx", "start"),
}


class HoldPlatform(Step, frozen=True, kw_only=True, tag="hold"):
    """Pause or stop the container through which new requests come in.

    Before that, a separate process (the guardian) is started. It releases the container if this run
    dies.
    """

    hold: HoldKind
    deadline: float
    called: str = ""
    """The container's name, if it is not the usual one; else empty."""

    @property
    def container(self) -> str:
        return self.called or HELD[self.hold][0]

    @property
    def title(self) -> str:
        if self.hold == "registrations":
            return f"Hold registrations: pause register on {self.host}"
        return f"Hold everything: stop nginx on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        verb = "pause" if self.hold == "registrations" else "stop"
        return (quote("docker", verb, self.container),)

    @property
    def leaves(self) -> str:
        return (
            f"{self.container} held; released within {span(self.deadline)}, even if this run dies"
        )

    @property
    def undone(self) -> str:
        return quote("docker", HELD[self.hold][1], self.container)

    def perform(self, ctx: RunContext) -> None:
        engine = ctx.site.host(self.host).engine
        found = next((c for c in engine.containers() if c.name == self.container), None)
        if ctx.facts.hold is None:
            ctx.facts.hold = Hold(kind=self.hold, deadline=self.deadline, began=timestamp())
        if found is None or found.state in ("exited", "created", "dead"):
            ctx.report.note(f"{self.container} is not running: no request comes in through it")
            return
        if found.state == "paused":
            ctx.report.note(f"{self.container} is already paused, and stays paused")
            return
        if found.state != "running" and self.hold == "registrations":
            raise PryvTuiError(
                "step-failed",
                f"{self.container} on {self.host} is {found.state}: it can't be held",
                f"Read its log: {container_command('logs', self.container, self.host)};"
                " or back up without holding anything: pryv-tui backup",
            )
        if ctx.guardian is None:
            raise PryvTuiError("internal", "nobody would end the hold if this run died")
        owed = Owed(kind=HELD[self.hold][1], host=self.host, what=self.container)
        ctx.guardian.watch(owed, self.deadline)
        ctx.facts.held.append((owed.host, owed.what))
        ctx.owe(owed)
        if self.hold == "registrations":
            engine.pause(self.container)
        else:
            engine.stop(self.container)


class SettleHold(Step, frozen=True, kw_only=True, tag="settle"):
    """Wait until the requests that were running when the hold began have been written."""

    hold: HoldKind
    seconds: float

    @property
    def title(self) -> str:
        if not self.seconds:
            return "Wait until requests under way are written (practice needs no wait)"
        return f"Wait {self.seconds:.0f} s until requests under way are written"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("sleep", f"{self.seconds:.0f}"),) if self.seconds else ()

    def perform(self, ctx: RunContext) -> None:
        began = time.monotonic()
        while (spent := time.monotonic() - began) < self.seconds:
            ctx.check_cancelled()
            ctx.report.progress(int(spent), int(self.seconds), "seconds")
            time.sleep(min(0.1, self.seconds))
        hold = ctx.facts.hold
        if hold is not None:
            ctx.facts.hold = msgspec.structs.replace(hold, started=timestamp())
            see_hold(ctx)
            tell_gap(ctx)


class ReleaseHold(Step, frozen=True, kw_only=True, tag="release-hold"):
    """Release a container that this run, or a dead run, has paused or stopped."""

    container: str
    how: How
    hold: HoldKind | None = None

    @property
    def title(self) -> str:
        if self.hold is None:
            return f"Release {self.container} on {self.host}"
        what = "Let registrations in again" if self.hold == "registrations" else "Open again"
        return f"{what}: {self.container} on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return (quote("docker", self.how, self.container),)

    def perform(self, ctx: RunContext) -> None:
        owed = Owed(kind=self.how, host=self.host, what=self.container)
        if self.hold is None:
            let_go(ctx.site, owed)
            ctx.settle(owed)
            return
        if owed not in ctx.outstanding:
            ctx.report.note(f"this run did not hold {self.container}")
        else:
            try:
                release(ctx, owed)
            except PryvTuiError as error:
                # The guardian keeps trying, and the end of this run tries again.
                words = ("docker", self.how, self.container)
                by_hand = or_by_hand(*words, practice=ctx.site.practice)
                ctx.warn(
                    f"{self.container} on {self.host} is still held: {error.what}. If it is still"
                    f" held when this run has ended: pryv-tui recover{by_hand}"
                )
        if not held_by(ctx):
            end_hold(ctx)


def release(ctx: RunContext, owed: Owed) -> None:
    """Release one held container, and record that it is released.

    Args:
        owed: the journal's record of the hold.
    """
    see_hold(ctx)
    when = timestamp()
    held = let_go(ctx.site, owed)
    ctx.settle(owed)
    if not held and not is_there(ctx.site, owed):
        ctx.warn(gone_meanwhile(owed))
    # The guardian may have released it just before; it records that before it acts.
    see_hold(ctx)
    hold = ctx.facts.hold
    if hold is not None and held:
        ctx.facts.hold = released(hold, when, "run")
    elif hold is not None and hold.released_by in ("", "run"):
        # It is not known when the hold ended, so count the platform as not held at all.
        opened = msgspec.structs.replace(hold, released="", released_by="")
        ctx.facts.hold = released(opened, hold.started or hold.began, "others")
