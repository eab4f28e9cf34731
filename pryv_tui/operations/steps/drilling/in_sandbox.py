"""Perform a step of a restore in the sandbox only."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.filesystem.priority import lowered_priority
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.by_store import LISTS, ByStore, kept_apart
from pryv_tui.operations.drilling.facts import CheckState
from pryv_tui.operations.facts import LiveFound
from pryv_tui.operations.plan import Step, quote, tag_of
from pryv_tui.operations.steps.drilling.rehearsal import inside, note_check, phase
from pryv_tui.operations.steps.services.start_services import StartServices
from pryv_tui.phrases import counted
from pryv_tui.platform.casualties import KINDS
from pryv_tui.vault.manifest import SetManifest

AUDIT = "audit-live"
VERIFY = "verify-set"
FILES = "files of the set"
"""The name of the check of a set's files, which is reported for each store: see `by_store.py`."""
WHOLE = {
    "check-restore": "the set fits",
    AUDIT: "audit across the stores",
}
"""By kind of step, the name of its check of the whole set."""
EACH = {"copy-back": "files brought back", "restore": "content", "keep-store": "content"}
"""By kind of step, the name of its check of one store or one host."""
AS_SAID = "as the set says"
EVERY_HASH = "every hash"
FOUND = {
    "mongodb": f"{EVERY_HASH}, and the same number of documents in each collection",
    "influxdb": f"{EVERY_HASH}, and what its dump says about itself",
    "redis": f"{EVERY_HASH}, and the same number of users",
    "sqlite": f"{EVERY_HASH}, and SQLite's own check where the set names no damage",
}
"""By store, a description of how its files were checked; `EVERY_HASH` for other stores."""
_WHEN = {
    "databases": "before they are filled",
    "register": "those of register",
    "rest": "when they are filled",
}
"""By phase of a restore, words for the moment at which the sandbox's databases are started, which
happens more than once."""
LONG = (VERIFY, "copy-back")
"""Kinds of steps that read or write all files, and therefore run at low priority."""


class InSandbox(Step, frozen=True, kw_only=True, tag="in-sandbox"):
    """Perform a step of a real restore's plan unchanged, but with the sandbox's context."""

    step: Any
    """The step of the restore's plan."""
    set_casualties: dict[str, int] | None = None
    """The casualties of the gap that were counted when the set was made, by kind; None if they were
    not counted."""
    apart: tuple[str, ...] = ()
    """Only for a check of the set's files: the groups of files (by store) that are reported
    separately."""
    one_of_several: bool = False
    """Whether several hosts of the set have this store. Then its check names the host."""

    @property
    def title(self) -> str:
        told = self.step.title
        if tag_of(self.step) == AUDIT:
            # In a sandbox this step asks the sandbox's databases and not the live platform.
            told = "Check its databases for records without their other half"
        elif isinstance(self.step, StartServices) and self.step.databases_alone:
            when = _WHEN.get(self.step.phase, "once more")
            told = f"Check that the databases of {self.step.host} are up, {when}"
        return f"In the sandbox: {told}"

    @property
    def command(self) -> tuple[str, ...]:
        if isinstance(self.step, StartServices):
            # Never use compose files, because they name the live platform's containers.
            return (quote("docker", "start", *self.step.ordered()),)
        found: tuple[str, ...] = self.step.command
        return found

    @property
    def inside(self) -> tuple[str, ...]:
        found: tuple[str, ...] = self.step.inside
        return found

    @property
    def leaves(self) -> str:
        return "a part of the restore, in the sandbox, which is removed"

    @property
    def undone(self) -> str:
        return "the sandbox is removed at the drill's end"

    @property
    def store(self) -> str:
        return str(getattr(self.step, "store", ""))

    @property
    def phase(self) -> str:
        """The part of the step's id that differs from other steps of this kind: the kind of the
        inner step, and its phase if it has one."""
        return "-".join(filter(None, [tag_of(self.step), str(getattr(self.step, "phase", ""))]))

    @property
    def checks(self) -> tuple[tuple[str, str], ...]:
        """The name, and the store or host, of each check that this step makes."""
        kind = tag_of(self.step)
        if kind == VERIFY:
            return tuple((FILES, about) for about in self.apart)
        if kind in WHOLE:
            return ((WHOLE[kind], ""),)
        if kind not in EACH:
            return ()
        of = f" of {self.step.host}" if self.one_of_several else ""
        return ((EACH[kind], f"{self.store}{of}" if self.store else self.step.host),)

    def perform(self, ctx: RunContext) -> None:
        inner = inside(ctx)
        inner.by_store = apart = ByStore(self.apart) if self.apart else None
        seen = len(inner.facts.checks), len(inner.facts.unchecked)
        with phase(ctx, self.title, "machine"):
            try:
                # The live platform has priority at the disk and the processor.
                with lowered_priority(tag_of(self.step) in LONG):
                    self.step.perform(inner)
            except Cancelled:
                raise
            except PryvTuiError as error:
                if apart is not None:
                    self._told_apart(ctx, apart, error)
                else:
                    for check in self.checks:
                        note_check(ctx, *check, "failed", expected=AS_SAID, why=error.what)
                raise
        if apart is not None:
            self._told_apart(ctx, apart, whole="; ".join(inner.facts.checks[seen[0] :]))
            return
        if not self.checks:
            return
        if tag_of(self.step) == AUDIT:
            self._audited(ctx, inner.facts.live)
            return
        found = "; ".join(inner.facts.checks[seen[0] :])
        if unchecked := inner.facts.unchecked[seen[1] :]:
            why = "; ".join(unchecked)
            note_check(ctx, *self.checks[0], "could not verify", found=found, why=why)
        else:
            note_check(ctx, *self.checks[0], "passed", expected=AS_SAID, found=found)

    def _told_apart(
        self, ctx: RunContext, apart: ByStore, error: PryvTuiError | None = None, whole: str = ""
    ) -> None:
        """Record the result of the check of the set's files for each group of files.

        Args:
            apart: the faults that were found, by group.
            error: the error that ended the check of all files; None if it passed.
            whole: the check's own words about all files.
        """
        unread = apart.why_unread
        if error is not None and not (unread or any(map(apart.why_wrong, self.apart))):
            unread = error.what  # the check ended before it read any file
        for name, about in self.checks:
            if why := apart.why_wrong(about):
                note_check(ctx, name, about, "failed", expected=AS_SAID, why=why)
            elif unread:
                note_check(ctx, name, about, "could not verify", expected=AS_SAID, why=unread)
            else:
                found = whole if about == LISTS else FOUND.get(about, EVERY_HASH)
                note_check(ctx, name, about, "passed", expected=AS_SAID, found=found)

    def _audited(self, ctx: RunContext, live: LiveFound | None) -> None:
        """Compare the casualties (records without their other half) that were found in the sandbox
        with those that were counted when the set was made."""
        (check,) = self.checks
        state, expected, found, why = audited(live, self.set_casualties)
        note_check(ctx, *check, state, expected=expected, found=found, why=why)
        if state == "failed":
            raise PryvTuiError("check-failed", f"{check[0]}: {why}")


def audited(
    live: LiveFound | None, known: dict[str, int] | None
) -> tuple[CheckState, str, str, str]:
    """Judge the audit of a restored set.

    Args:
        live: the result of the audit in the sandbox; None: it was not made.
        known: by kind, the number of casualties when the set was made; None: not counted.

    Returns:
        the state of the check, what was expected, what was found, and the reason for the state.
    """
    if live is None:
        return "not checked", "", "", "nobody asked"
    every = {f"{kind.group}.{kind.name}" for kind in KINDS}
    counts = {name: n for name, n in live.counts.items() if name in every}
    before = known or {}
    expected = _words(before) if known is not None else "not counted when the set was made"
    found = _words(counts, live.doubted)
    worse = {name: n for name, n in counts.items() if n > before.get(name, 0)}
    if more := {name: n for name, n in worse.items() if name in before}:
        return "failed", expected, found, f"more than the set had: {_names(more)}"
    if asked := live.to_be_asked:
        return "could not verify", expected, found, f"{asked[0].what}: {asked[0].why}"
    if worse:
        # If a kind was not counted when the set was made, its number then is not known.
        why = f"nothing to compare with, since not counted in the set: {_names(worse)}"
        return "could not verify", expected, found, why
    return "passed", expected, found, ""


def _names(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()) if n)


def _words(counts: dict[str, int], doubted: Collection[str] = ()) -> str:
    """Describe the casualties; if not all kinds were checked, add how many were.

    Args:
        doubted: the kinds of which the true number may be higher.
    """
    asked = counts.keys() - set(doubted)
    told = _names(counts)
    if not asked:
        return told or "not known"
    of = "" if len(asked) == len(KINDS) else f", in {counted(len(asked), 'kind')} of {len(KINDS)}"
    return f"{told or 'no record without its other half'}{of}"


def wrapped(step: Step, manifest: SetManifest) -> InSandbox:
    """Turn a step of a restore's plan into a step of the drill."""
    plain = msgspec.structs.replace(step, id="")
    read = [one.stores for one in manifest.hosts]
    store = str(getattr(step, "store", ""))
    return InSandbox(
        host=step.host,
        step=plain,
        set_casualties=manifest.casualties,
        apart=kept_apart(read) if tag_of(step) == VERIFY else (),
        one_of_several=sum(store in stores for stores in read) > 1,
    )
