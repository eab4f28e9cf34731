"""Files: copy single files out of a set, without replacing existing ones (`restore --files`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.kind import Progress, Request, World
from pryv_tui.vault.set_names import PARTIAL

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext
    from pryv_tui.operations.plan import Plan


class Files(Request, frozen=True, kw_only=True, tag="files"):
    """The request to copy single files out of a set."""

    set_id: str = ""
    """The set's full id; in a preview, what the operator typed."""
    files: tuple[str, ...] = ()
    """Patterns for the paths of the files."""
    to: str = ""
    """The folder for the files; empty: a folder below each root."""

    changes_platform: ClassVar[bool] = True
    brings_back: ClassVar[bool] = True

    def plan(self, world: World) -> Plan:
        """Plan to copy the files.

        Raises:
            PryvTuiError: `set-unknown`; `refused`, see `bring_plan`; `set-damaged`.
        """
        from pryv_tui.operations.comparing.meant import set_meant
        from pryv_tui.operations.plans.files import bring_plan
        from pryv_tui.operations.root.files_target import refuse_in_a_set, rests_below
        from pryv_tui.vault.matching import match
        from pryv_tui.vault.seal import broken_seal

        site, deployment = world.site, world.deployment
        backup = set_meant(site, self.set_id)
        manifest = backup.need("files")
        if manifest.practice != site.practice:
            raise PryvTuiError(
                "refused",
                f"{backup.id} is a set of another kind of platform",
                "Choose a set of this platform: pryv-tui list",
            )
        wrong = broken_seal(backup.folder, sealed=manifest.sealed)
        if wrong:
            raise PryvTuiError("set-damaged", f"{backup.id}: {'; '.join(wrong)}")
        if self.to:
            refuse_in_a_set(self.to, site.vault.folder)
        matched = {
            part.name: match(backup.host_folder(part.name), self.files) for part in manifest.hosts
        }
        return bring_plan(
            deployment,
            backup,
            self.files,
            matched,
            run_id=world.run,
            vault=str(site.vault.folder),
            to=self.to,
            rests=rests_below(deployment, world.past.over("files")),
        )

    @classmethod
    def cancelling(cls, progress: Progress) -> str:
        came = f"files copied so far stay in a folder called {PARTIAL}"
        if "bring-files" in progress.done:
            came = (
                "the files of machines that are done stay where they are; for the other"
                f" machines, {came}"
            )
        return f"{came[0].upper()}{came[1:]}. No file of the platform is touched."

    @classmethod
    def done(cls, plan: Plan, ctx: RunContext) -> str:
        from pryv_tui.operations.steps.bringing_back.bring_files import BringFiles

        touched = dict.fromkeys(s.touched for s in plan.steps if isinstance(s, BringFiles))
        return f"The files are brought back; {'; '.join(touched)}."


KIND = Files
