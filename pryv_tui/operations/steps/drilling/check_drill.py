"""Check the guards of a drill, which can refuse it or let it wait, before anything is made."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.places import root_named
from pryv_tui.operations.drilling.spec import NotMade
from pryv_tui.operations.guards.drill import drill_guards
from pryv_tui.operations.guards.line import GuardLine, enforce, waited_for
from pryv_tui.operations.overview.backup_words import interval
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.settings.configuration import DRILL_WAIT
from pryv_tui.operations.site import Site

CHECK = "check-drill"


def wait_words(seconds: float) -> list[str]:
    """The words of the option that lets a drill wait, as an operator types them; empty: no wait.

    Args:
        seconds: the longest wait, in seconds.
    """
    minutes, rest = divmod(int(seconds), 60)
    return ["--wait", f"{int(seconds)}s" if rest else f"{minutes}m"] if seconds else []


class CheckDrill(Step, frozen=True, kw_only=True, tag=CHECK):
    """Check disk space, memory, images, the set, and other runs."""

    set_id: str
    folder: str
    containers: int
    services: int = 0
    """The number of containers of services, which need less memory."""
    not_made: tuple[NotMade, ...] = ()
    unread: tuple[str, ...] = ()
    """Descriptions of the parts of the services' configuration that this program did not read."""
    going_on: GoingOn | None = None
    expected_seconds: float | None = None
    """The total time of the last drill; None if not known."""
    wait: float = 0.0
    """The longest time, in seconds, that the drill waits before this step for reasons to refuse
    that go away by themselves."""
    latest: bool = False
    """Whether the operator named no set, so that the newest one is drilled."""
    late: tuple[str, ...] = ()
    """Notes about the choice of the set that were not shown to the person who started the drill."""

    @property
    def title(self) -> str:
        return "Check that a sandbox can be made beside the platform"

    def lines(
        self, site: Site, deployment: Deployment, going_on: GoingOn | None
    ) -> list[GuardLine]:
        """Check all guards now; return their lines.

        Args:
            going_on: the run that is using the platform now.
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
                what = (
                    f"{error.what}; the drill waited {interval(self.wait)} for that, {ctx.waited}"
                )
                raise PryvTuiError(error.name, what, error.remedy, passes=True) from error
            first = (error.remedy or "").rstrip(".")
            way = self.asked_again(wait=DRILL_WAIT)
            raise PryvTuiError(
                error.name, error.what, f"{first}. Or let the drill wait: {way}", passes=True
            ) from error

    def asked_again(self, wait: float = 0.0) -> str:
        """The command that starts this drill again; it names a set only if the operator named one.

        Args:
            wait: the longest wait, in seconds.
        """
        named = [] if self.latest else [self.set_id]
        deep = ["--depth", "services"] if self.services else []
        root = root_named(Path(self.folder))
        there = ["--sandbox", str(root)] if root is not None else []
        return quote("pryv-tui", "drill", "run", *named, *deep, *there, *wait_words(wait))
