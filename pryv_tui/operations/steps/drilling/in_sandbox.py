"""A step of a restore, performed in the sandbox and nowhere else."""

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
"""Told apart by store: see `by_store.py`."""
WHOLE = {
    "check-restore": "the set fits",
    AUDIT: "audit across the stores",
}
"""By kind of step, what is compared in it, of the set as a whole."""
EACH = {"copy-back": "files brought back", "restore": "content", "keep-store": "content"}
"""The same of one store, or one machine."""
AS_SAID = "as the set says"
EVERY_HASH = "every hash"
FOUND = {
    "mongodb": f"{EVERY_HASH}, and as many documents in each collection of its dump",
    "influxdb": f"{EVERY_HASH}, and what its dump says of itself",
    "redis": f"{EVERY_HASH}, and as many users",
    "sqlite": f"{EVERY_HASH}, and SQLite's own check where the set names no damage",
}
"""What was looked at of the files of each; `EVERY_HASH` of the others."""
_WHEN = {
    "databases": "before they are filled",
    "register": "those of register",
    "rest": "when they are filled",
}
"""By phase of a restore, when its sandbox has its databases up: more than once."""
LONG = (VERIFY, "copy-back")
"""Kinds of steps that read or write everything, and give way to the platform."""


class InSandbox(Step, frozen=True, kw_only=True, tag="in-sandbox"):
    """What the plan of a real restore has here, word for word: only its context is another."""

    step: Any
    """A step of that plan."""
    set_casualties: dict[str, int] | None = None
    """What the gap of the set had cost when it was made."""
    apart: tuple[str, ...] = ()
    """Of a check of the set's files: what is told apart in it."""
    one_of_several: bool = False
    """Several machines of the set have such a store: what is compared of it is told of each."""

    @property
    def title(self) -> str:
        told = self.step.title
        if tag_of(self.step) == AUDIT:
            # It asks who is there: the live platform is not asked.
            told = "Ask its databases what is without its other half"
        elif isinstance(self.step, StartServices) and self.step.databases_alone:
            when = _WHEN.get(self.step.phase, "once more")
            told = f"See the databases up for {self.step.host}, {when}"
        return f"In the sandbox: {told}"

    @property
    def command(self) -> tuple[str, ...]:
        if isinstance(self.step, StartServices):
            # Never by compose files: their names are those of the live platform.
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
        """What tells it from its like: a step of a restore has a kind and perhaps a phase."""
        return "-".join(filter(None, [tag_of(self.step), str(getattr(self.step, "phase", ""))]))

    @property
    def checks(self) -> tuple[tuple[str, str], ...]:
        """What is compared in it, and of what each."""
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
                # The platform goes first, at the disk and the processor.
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
        """Write down of each store whether its files are what the set says.

        Args:
            error: why the check of all of them did not come out.
            whole: what it said of all of them.
        """
        unread = apart.why_unread
        if error is not None and not (unread or any(map(apart.why_wrong, self.apart))):
            unread = error.what  # it was not come to
        for name, about in self.checks:
            if why := apart.why_wrong(about):
                note_check(ctx, name, about, "failed", expected=AS_SAID, why=why)
            elif unread:
                note_check(ctx, name, about, "could not verify", expected=AS_SAID, why=unread)
            else:
                found = whole if about == LISTS else FOUND.get(about, EVERY_HASH)
                note_check(ctx, name, about, "passed", expected=AS_SAID, found=found)

    def _audited(self, ctx: RunContext, live: LiveFound | None) -> None:
        """Compare what has no other half in the sandbox with what had none in the set."""
        (check,) = self.checks
        state, expected, found, why = audited(live, self.set_casualties)
        note_check(ctx, *check, state, expected=expected, found=found, why=why)
        if state == "failed":
            raise PryvTuiError("check-failed", f"{check[0]}: {why}")


def audited(
    live: LiveFound | None, known: dict[str, int] | None
) -> tuple[CheckState, str, str, str]:
    """What an audit of a restored set comes to, with what was expected and found, and why.

    Args:
        known: what the set itself had without their other halves; None where nobody had counted.
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
        # Of a kind that was not counted when the set was made, any number may be as it was.
        why = f"there is nothing to compare it with: {_names(worse)}"
        return "could not verify", expected, found, why
    return "passed", expected, found, ""


def _names(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()) if n)


def _words(counts: dict[str, int], doubted: Collection[str] = ()) -> str:
    """What is without its other half; which kinds that was asked of, where it was not each.

    Args:
        doubted: those whose numbers may be more.
    """
    asked = counts.keys() - set(doubted)
    told = _names(counts)
    if not asked:
        return told or "not known"
    of = "" if len(asked) == len(KINDS) else f", in {counted(len(asked), 'kind')} of {len(KINDS)}"
    return f"{told or 'nothing without its other half'}{of}"


def wrapped(step: Step, manifest: SetManifest) -> InSandbox:
    """A step of a restore's plan as one of the drill's."""
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
