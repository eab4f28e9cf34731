"""Take the sandbox down, and prove that nothing of it is left."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.host import Host
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.facts import Disposal
from pryv_tui.operations.drilling.places import Kept, remove_files
from pryv_tui.operations.drilling.platform import need_machine
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.steps.drilling.rehearsal import note_check, phase, rehearsal

REMOVED = "sandbox removed"


class RemoveSandbox(Step, frozen=True, kw_only=True, tag="remove-sandbox"):
    """Its containers with their volumes, then its files: whatever came of the drill."""

    folder: str
    names: tuple[str, ...]
    expected: tuple[tuple[str, str], ...] = ()
    """What the drill was to compare: what it did not come to is told."""

    @property
    def title(self) -> str:
        return "Remove the sandbox"

    @property
    def command(self) -> tuple[str, ...]:
        gone = quote("docker", "rm", "-f", "-v", *self.names)
        return (gone, quote("rm", "-rf", "--one-file-system", self.folder))

    @property
    def leaves(self) -> str:
        return "a part of the sandbox; pryv-tui drill clean removes it"

    @property
    def in_any_case(self) -> bool:
        return True

    def perform(self, ctx: RunContext) -> None:
        now = rehearsal(ctx)
        if now.kept is None:
            return
        for name, about in self.expected:
            if (name, about) not in now.checked:
                note_check(ctx, name, about, "not checked", why="the drill ended before it")
        host = need_machine(ctx.site.hosts)
        now.reading.close()
        with phase(ctx, "remove the sandbox", "sandbox"):
            for disposal in clear(host, now.kept):
                ctx.report.drilled(disposal)
            if now.held is not None:
                now.held.let_go()
        note_check(ctx, REMOVED, "", "passed", found="no container, no file of it is left")


def clear(host: Host, kept: Kept) -> list[Disposal]:
    """Remove all that is of a drill, and nothing else; what is gone, each with its proof.

    Raises:
        PryvTuiError: something of it can't be removed, or is still there afterwards.
    """
    maker = host.maker
    if maker is None:
        raise PryvTuiError("step-failed", f"no sandbox can be looked at on {host.name}")
    # By their labels: also those that nobody came to write down.
    there = {one.name for one in maker.made() if one.drill == kept.drill}
    for name in sorted({*there, *kept.names}):
        maker.remove(name, kept.drill)
    left = [one.name for one in maker.made() if one.drill == kept.drill]
    if left:
        raise PryvTuiError("step-failed", f"{', '.join(left)} of the drill is still there")
    remove_files(kept)
    if Path(kept.folder).exists():
        raise PryvTuiError("step-failed", f"{kept.folder} of the drill is still there")
    when = timestamp()
    gone = [
        Disposal(what=f"container {name}", when=when, proof="not in the engine's list any more")
        for name in sorted(there)
    ]
    return [*gone, Disposal(what=kept.folder, when=when, proof="no such folder any more")]
