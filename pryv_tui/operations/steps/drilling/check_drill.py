"""The guards of a drill: each one a reason to refuse before anything is made, or to wait."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.spec import NotMade
from pryv_tui.operations.guards.drill import drill_guards
from pryv_tui.operations.guards.line import GuardLine, enforce, waited_for
from pryv_tui.operations.overview.backup_words import interval
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.settings.configuration import DRILL_WAIT
from pryv_tui.operations.site import Site

CHECK = "check-drill"


def wait_words(seconds: float) -> list[str]:
    """The option that has a drill wait so long at most, as it is typed; nothing for no time."""
    minutes, rest = divmod(int(seconds), 60)
    return ["--wait", f"{int(seconds)}s" if rest else f"{minutes}m"] if seconds else []


class CheckDrill(Step, frozen=True, kw_only=True, tag=CHECK):
    """Room, memory, images, the set, and what goes on."""

    set_id: str
    folder: str
    containers: int
    services: int = 0
    """Further containers, that need less."""
    not_made: tuple[NotMade, ...] = ()
    unread: tuple[str, ...] = ()
    """What of its services' configuration nobody has read, in words."""
    going_on: GoingOn | None = None
    expected_seconds: float | None = None
    """What the last drill took in all."""
    wait: float = 0.0
    """Seconds for which what passes by itself is waited for at most, before this."""
    latest: bool = False
    """Nobody named the set."""
    late: tuple[str, ...] = ()
    """What of that whoever asked for the drill has not been told."""

    @property
    def title(self) -> str:
        return "See that a sandbox can be made beside the platform"

    def lines(
        self, site: Site, deployment: Deployment, going_on: GoingOn | None
    ) -> list[GuardLine]:
        """What each of them says now.

        Args:
            going_on: the run that holds the platform now.
        """
        return drill_guards(
            site,
            deployment,
            site.vault.resolve(self.set_id),
            self.folder,
            self.containers,
            self.not_made,
            going_on,
            self.expected_seconds,
            self.services,
            self.unread,
        )

    def perform(self, ctx: RunContext) -> None:
        for line in self.late:
            ctx.report.note(line)
        now = ctx.goes_on() if ctx.goes_on is not None else self.going_on
        lines = self.lines(ctx.site, ctx.deployment, now)
        try:
            enforce(ctx, lines)
        except PryvTuiError as error:
            if not waited_for(lines):
                raise
            if ctx.waited:
                what = f"{error.what}; it waited {interval(self.wait)} for that, {ctx.waited}"
                raise PryvTuiError(error.name, what, error.remedy, passes=True) from error
            first = (error.remedy or "").rstrip(".")
            way = self.asked_again(wait=DRILL_WAIT)
            raise PryvTuiError(
                error.name, error.what, f"{first}. Or have it wait: {way}", passes=True
            ) from error

    def asked_again(self, wait: float = 0.0) -> str:
        """The command that asks for this drill: where no set was named, of the one that is the
        newest by then.

        Args:
            wait: seconds for which it is to wait at most.
        """
        named = [] if self.latest else [self.set_id]
        deep = ["--depth", "services"] if self.services else []
        place = Path(self.folder)
        there = ["--sandbox", str(place.parent)] if place.name.startswith("pryvdrill-") else []
        return quote("pryv-tui", "drill", "run", *named, *deep, *there, *wait_words(wait))
