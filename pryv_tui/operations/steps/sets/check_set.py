"""Verify a set at an operator's request; report and record the result, and change nothing else."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.facts import CheckedSet
from pryv_tui.operations.guards.place import size
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.sets.known_vaults import resolve
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.phrases import counted
from pryv_tui.platform.disks import ROOT
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.files.types import TreeCount
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.set_files import SUMS_NAME
from pryv_tui.vault.sets import BackupSet

STRANGERS_SHOWN = 20


class CheckSet(Step, frozen=True, kw_only=True, tag="check-set"):
    """Compare every file and dump of a set, or a part of them, with what the set records."""

    set_id: str
    folders: tuple[str, ...] = ()
    """The set's folders on this machine, one for each host of the set; empty if its files are not
    on this machine."""
    location: str = ""
    """The repository of the set, in the form for restic; empty for a set in a folder."""
    in_repository: bool = False
    part: int = 1
    """The part that was due when this was planned: a number from 1 to `parts`."""
    parts: int = 1
    """The number of parts into which the set is divided; one of them is read. 1: all is read."""

    @property
    def title(self) -> str:
        if self.parts == 1:
            return f"Verify the set {self.set_id}"
        return f"Verify one of {counted(self.parts, 'part')} of the set {self.set_id}"

    @property
    def command(self) -> tuple[str, ...]:
        lines: list[str] = []
        if self.in_repository:
            restic = Restic(self.location)
            lines.append(restic.command(*restic.check_words(self.part, self.parts)))
        if self.parts == 1:  # there is no list with which sha256sum could check a part
            lines += [f"cd {quote(folder)} && sha256sum -c --quiet {SUMS_NAME}"
                      for folder in self.folders]  # fmt: skip
        return tuple(lines)

    def perform(self, ctx: RunContext) -> None:
        backup = resolve(ctx.site, self.set_id)
        found = verify_set(
            ctx.site.vault,
            backup,
            parts=self.parts,
            progress=ctx.on_progress(),
            on_output=ctx.report.output,
            cancel=ctx.cancel,
            engine=ctx.site.copy_engine,
            by=ctx.by,
        )
        ctx.facts.verified = CheckedSet(id=backup.id, check=found)
        _tell_strangers(ctx, found)
        if found.outcome != "good":
            for problem in found.problems:
                ctx.warn(problem)
            raise PryvTuiError(
                "set-damaged",
                "NOT what it should be. Don't restore it; use another set",
            )
        ctx.facts.headline = good_words(backup, found)
        for host in backup.manifest.hosts if backup.manifest else ():
            for disk in host.mounts:
                if disk.path != ROOT:
                    ctx.checked(f"{host.name}: {disk.path} was a separate disk ({disk.what}).")


def good_words(backup: BackupSet, found: Verification) -> str:
    """The sentences about a check that found no fault: how much was read, and how."""
    total = backup.manifest or TreeCount(0, 0, 0)
    if backup.snapshot:
        of = "all data" if found.whole else f"part {found.part} of {found.parts} of the data"
        told = (
            f"{backup.id}: good. restic read {of} of {backup.repository}, and found all of it as it"
            " was sent."
        )
        if backup.here and found.whole:
            told += f" Its working copy is good too: {backup.path}"
        return told
    if found.whole:
        read = size(found.bytes) + _with_names(found.bytes, total.bytes)
        return (
            f"{backup.id}: good. {counted(found.files, 'file')}, {read}, every hash and every dump."
        )
    return (
        f"{backup.id}: part {found.part} of {found.parts} is good. {counted(found.files, 'file')},"
        f" {size(found.bytes)} read of {counted(total.files, 'file')}, {size(total.bytes)}; every"
        " name, folder and link."
    )


def _tell_strangers(ctx: RunContext, found: Verification) -> None:
    """Report the entries that are in none of the set's lists.

    Files that file servers leave behind are only noted. Any other entry is a warning, because a
    person has to find out where it comes from.
    """
    if not found.strangers:
        return
    ctx.report.note(f"In none of the set's lists, and so not restored ({found.strangers_count}):")
    odd = found.strangers[: found.unexpected][:STRANGERS_SHOWN]
    usual = found.strangers[found.unexpected :][:STRANGERS_SHOWN]
    for stranger in odd:
        ctx.warn(f"{stranger} is in none of the set's lists, so it is not restored")
    for stranger in usual:
        ctx.report.note(stranger)
    if (more := found.strangers_count - len(odd) - len(usual)) > 0:
        ctx.report.note(f"and {more} more of these")


def _with_names(read: int, held: int) -> str:
    """Explain why a full check read more bytes than the set has; empty if it did not.

    Args:
        read: the bytes read; a file with several names is read under each of them.
        held: the bytes that the set records; it counts such a file once.
    """
    return " (a file with several names is read once for each)" if read > held else ""
