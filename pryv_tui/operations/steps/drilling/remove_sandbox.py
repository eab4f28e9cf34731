"""Remove a drill's sandbox, and check that nothing of it is left."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.clearing import clear
from pryv_tui.operations.drilling.facts import REMOVED
from pryv_tui.operations.drilling.platform import need_machine
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.steps.bringing_back.audit_live import end_look
from pryv_tui.operations.steps.drilling.rehearsal import note_check, phase, rehearsal


class RemoveSandbox(Step, frozen=True, kw_only=True, tag="remove-sandbox"):
    """Remove the sandbox's containers with their volumes, its networks, then its files.

    This step is always performed, even if the drill failed or was cancelled.
    """

    folder: str
    names: tuple[str, ...]
    networks: tuple[str, ...] = ()
    expected: tuple[tuple[str, str], ...] = ()
    """Name and subject of all planned checks. Those that were not made are recorded as `not
    checked`."""

    @property
    def title(self) -> str:
        return "Remove the sandbox"

    @property
    def command(self) -> tuple[str, ...]:
        gone = quote("docker", "rm", "-f", "-v", *self.names)
        nets = [quote("docker", "network", "rm", *self.networks)] if self.networks else []
        return (gone, *nets, quote("rm", "-rf", "--one-file-system", self.folder))

    @property
    def leaves(self) -> str:
        return "a part of the sandbox; to remove it: pryv-tui drill clean"

    @property
    def in_any_case(self) -> bool:
        return True

    def perform(self, ctx: RunContext) -> None:
        now = rehearsal(ctx)
        if now.kept is None:
            return
        for name, about in self.expected:
            if (name, about) not in now.checked:
                why = "the drill ended before it"
                note_check(ctx, name, about, "not checked", why=why, told=True)
        host = need_machine(ctx.site.hosts)
        if now.inner is not None:
            end_look(now.inner)
        now.reading.close()
        with phase(ctx, "remove the sandbox", "sandbox"):
            try:
                gone = clear(host, now.kept)
            except PryvTuiError as error:
                note_check(ctx, REMOVED, "", "failed", why=error.what)
                if now.held is not None:
                    now.held.leave()
                raise PryvTuiError(
                    error.name,
                    f"the sandbox is still there, or a part of it: {error.what}",
                    "When that is fixed, remove it: pryv-tui drill clean",
                ) from error
            for disposal in gone:
                ctx.report.drilled(disposal)
            if now.held is not None:
                now.held.let_go()
        note_check(
            ctx, REMOVED, "", "passed", found="no container, no network, no file of it is left"
        )
