"""The guards of a drill: each one a reason to refuse before anything is made, or to wait."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.comparing.meant import LATEST, set_meant
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.spec import NotMade
from pryv_tui.operations.guards.drill import drill_guards
from pryv_tui.operations.guards.line import GuardLine, enforce, waited_for
from pryv_tui.operations.overview.backup_words import interval
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.site import Site
from pryv_tui.operations.steps.drilling.room import until_there_is_room

CHECK = "check-drill"


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
    """Seconds for which what passes by itself is waited for, at most."""
    latest: bool = False
    """Nobody named the set: it was the newest one when the drill was asked for."""

    @property
    def title(self) -> str:
        see = "See that a sandbox can be made beside the platform"
        return f"{see}, and wait for that, {interval(self.wait)} at most" if self.wait else see

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
        def look() -> list[GuardLine]:
            now = ctx.goes_on() if ctx.goes_on is not None else self.going_on
            return self.lines(ctx.site, ctx.deployment, now)

        waited, lines = until_there_is_room(ctx, look, self.wait)
        try:
            enforce(ctx, lines)
        except PryvTuiError as error:
            if not waited_for(lines):
                raise
            if waited is not None:
                what = f"{error.what}; it waited {interval(self.wait)} for that, {waited}"
                raise PryvTuiError(error.name, what, error.remedy) from error
            first = (error.remedy or "").rstrip(".")
            raise PryvTuiError(
                error.name, error.what, f"{first}. Or have it wait: {self._waiting}"
            ) from error
        if waited is not None and self.latest:
            self._tell_of_a_newer(ctx)

    def _tell_of_a_newer(self, ctx: RunContext) -> None:
        """The steps are of the set that was the newest one before it waited: a backup that it
        waited for has made another."""
        try:
            newest = set_meant(ctx.site, LATEST).id
        except PryvTuiError as error:
            ctx.warn(f"whether a newer set was made while it waited is not known: {error.what}")
            return
        if newest != self.set_id:
            ctx.warn(
                f"the newer set {newest} was made while it waited; this drill is of {self.set_id}"
            )

    @property
    def _waiting(self) -> str:
        """The command that waits for as long as a timer's drill does."""
        deep = ["--depth", "services"] if self.services else []
        place = Path(self.folder)
        named = ["--sandbox", str(place.parent)] if place.name.startswith("pryvdrill-") else []
        return quote("pryv-tui", "drill", "run", self.set_id, *deep, *named, "--wait", "30m")
