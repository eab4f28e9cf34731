"""Empty a dump folder before a dump, and give it back afterwards what it held.

An old dump must neither travel nor be merged into the new one on restore: mongodump keeps files of
collections dropped since, and influxd merges every set that it finds.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import end_orphan, writes_on
from pryv_tui.operations.containers.following import not_followed
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.root.aside import drop_empty, give_back, move_content, set_aside
from pryv_tui.operations.root.moving import stays_at_top
from pryv_tui.operations.root.trial import why_fast
from pryv_tui.ownership import make_private
from pryv_tui.platform.disks import LOST_AND_FOUND
from pryv_tui.ways import base_of, hold

KEEP = frozenset({".gitkeep"})
"""Comes with the templates; mongorestore says that it skips it."""


class PrepareDump(Step, frozen=True, kw_only=True, tag="prepare-dump"):
    """Move what a dump folder holds aside; nothing is deleted."""

    store: str
    folder: str
    aside: str

    @property
    def title(self) -> str:
        return f"Move older dumps of {self.store} aside"

    @property
    def command(self) -> tuple[str, ...]:
        return (
            quote("mkdir", "-p", self.aside),
            f"find {quote(self.folder)} -mindepth 1 -maxdepth 1{_stays(self.folder, self.aside)}"
            f" -exec mv -t {quote(self.aside)} {{}} +",
        )

    @property
    def leaves(self) -> str:
        return f"older dumps in {self.aside}"

    @property
    def undone(self) -> str:
        return f"move them back to {self.folder}"

    def perform(self, ctx: RunContext) -> None:
        container = ctx.state_of(self.host).layout.stores[self.store].container
        refuse_orphans(ctx, self.host, self.store, container)
        folder, aside = Path(self.folder), Path(self.aside)
        try:
            with hold(folder, base=base_of(aside), make=0o777):
                pass
            ctx.owe(Owed(kind="dump", host=self.host, what=self.folder, where=self.aside))
            # At the top of the disk that the dump folder lies on.
            make_private(aside.parents[2])
            moved = set_aside(folder, aside, KEEP | stays_at_top(folder))
        except OSError as error:
            held = why_fast(Path(error.filename or folder), error)
            raise PryvTuiError(
                "step-failed",
                f"the dump folder {folder} can't be emptied: {held.path}: {held.why}",
                held.remedy,
            ) from error
        if moved:
            ctx.report.note(f"{moved} older entries of {folder} moved aside to {aside}")


def _stays(folder: str, aside: str) -> str:
    """What `find` is told to leave where it is."""
    names = [".gitkeep"]
    if aside.startswith(f"{folder}/"):
        names += [own_folder.NAME, LOST_AND_FOUND]  # the folder is a disk of its own
    return "".join(f" ! -name {name}" for name in names)


class PutBackDump(Step, frozen=True, kw_only=True, tag="put-back-dump"):
    """Remove this run's dump, which is in the set now, and put back what was there before."""

    store: str
    folder: str
    aside: str

    @property
    def title(self) -> str:
        return f"Give the dump folder of {self.store} back as it was"

    @property
    def command(self) -> tuple[str, ...]:
        return (
            f"find {quote(self.folder)} -mindepth 1 -maxdepth 1{_stays(self.folder, self.aside)}"
            " -exec rm -r {} +",
            f"find {quote(self.aside)} -mindepth 1 -maxdepth 1 -exec mv -t"
            f" {quote(self.folder)} {{}} +",
        )

    def perform(self, ctx: RunContext) -> None:
        owed = Owed(kind="dump", host=self.host, what=self.folder, where=self.aside)
        # What a dead run owed is owed by who sees to it, until it is given back.
        ctx.owe(owed)
        try:
            put_back_dump(ctx, owed)
        except PryvTuiError as error:
            # A set is complete by now, and what else is owed is put back all the same: this needs
            # a person, but spoils nothing.
            ctx.warn(error.told)
            ctx.facts.in_vain = (error.what, error.remedy)


def put_back_dump(ctx: RunContext, owed: Owed) -> None:
    """Undo a `PrepareDump`: this run's own dump goes, what was there comes back.

    The run's own dump was made from a store that still holds every document, and by now is in the
    set or is of no use. The dump of a run that died is not removed but moved aside: somebody may
    have dumped by hand since.
    """
    folder, aside = Path(owed.what), Path(owed.where)
    # Where the dump of a store is moved to is named by the run and the store.
    own = ctx.run_id in aside.parts
    try:
        _end_left(ctx, owed.host, aside)
    except PryvTuiError as error:
        # An engine that went away in mid-dump took the program along, as a rule; what it still
        # writes it writes into what is moved out of the way. A dead run's waits for the engine.
        if not own or error.name != "engine-unreachable":
            raise
    if not own:
        _refuse_writers(ctx, owed)
    kept = aside.with_name(aside.name + ".dump")

    def clear() -> None:
        make_private(kept)
        move_content(folder, kept, KEEP | stays_at_top(folder))

    try:
        give_back(folder, aside, clear)
        if own and kept.is_dir():
            _remove_own(kept, folder)
        elif kept.is_dir() and any(kept.iterdir()):
            ctx.report.note(f"the dump that was left in {folder} is moved aside to {kept}")
        # Our own folders go when they are empty; what another run left in them stays.
        drop_empty(kept, 1)
        drop_empty(aside.parent, 3)
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"the dump folder {folder} could not be given back: {error}",
            f"What it held before lies whole in {aside.parent} and {folder}: pryv-tui recover",
        ) from error
    ctx.settle(owed)


def _end_left(ctx: RunContext, host: str, aside: Path) -> None:
    """End what the dump of a run has left in a container: it would fill the folder that is given
    back. It is known by what the engine calls it: one by hand may have the same command line.

    Args:
        aside: where that run had moved what the dump folder held before.

    Raises:
        PryvTuiError: it can't be ended; the folder is not given back then.
    """
    container = _running(ctx, host, aside.name)
    if not container:
        return
    run, engine = aside.parent.name, ctx.site.host(host).engine
    for program, path in not_followed(engine.url, container, run).items():
        if engine.end_exec(container, program):
            ctx.report.note(
                f"{host}: the dump of {aside.name} that the run {run} had begun still ran in"
                f" {container}: it was ended"
            )
        with suppress(OSError):
            path.unlink()


def _refuse_writers(ctx: RunContext, owed: Owed) -> None:
    """Leave the dump folder of a dead run as it is while somebody dumps into it: by hand, or that
    run where nobody could write down which program it had begun.

    Raises:
        PryvTuiError: `step-failed`.
    """
    from pryv_tui.operations.stores import STORES

    store = Path(owed.where).name
    container = _running(ctx, owed.host, store)
    if not container:
        return
    layout = ctx.state_of(owed.host).layout.stores[store]
    inside = (layout.dump_inside or "").rstrip("/")
    for line in ctx.site.host(owed.host).engine.processes(container):
        if inside and inside in line and any(word in line for word in STORES[store].dump_programs):
            raise PryvTuiError(
                "step-failed",
                f"in {container} this writes into the dump folder {owed.what}, and may be"
                f" somebody's own: {line}. What that folder held before stays in {owed.where}",
                writes_on(container, owed.host),
            )


def _running(ctx: RunContext, host: str, store: str) -> str:
    """The container of a store, where it runs; else empty."""
    state = ctx.deployment.host(host)
    layout = state.layout.stores.get(store) if state is not None else None
    if layout is None:
        return ""
    now = ctx.site.host(host).engine.glance()
    return layout.container if any(c.name == layout.container and c.running for c in now) else ""


_OWN = re.compile(
    r"pryv-node|(meta\.\d+|\d{8}T\d{6}Z\.(meta|manifest|s\d+\.tar\.gz)|.+\.\d{5,}\.\d+)(\.pending)?"
)
"""What mongodump and influxd backup call what they write, whole or not.

influxd fetches each shard into `<database>.<policy>.<shard>.<number>` and packs it then; what is
not fetched whole ends in `.pending` (cmd/influxd/backup/backup.go).
"""


def _remove_own(kept: Path, folder: Path) -> None:
    """Remove this run's dump; what somebody else put beside it meanwhile goes back."""
    with hold(kept) as here, hold(folder, base=base_of(kept)) as there:
        for name in sorted(os.listdir(here.fd)):  # noqa: PTH208 - an open folder
            entry = here.at / name
            if not _OWN.fullmatch(name):
                if not os.path.lexists(there.at / name):
                    entry.rename(there.at / name)
            elif here.is_folder(name):
                shutil.rmtree(name, dir_fd=here.fd)
            else:
                entry.unlink()


def refuse_orphans(ctx: RunContext, host: str, store: str, container: str) -> None:
    """Refuse while a dump of an earlier run still works in the container.

    Ending a docker client leaves what it started running inside; two dumps into one folder mix.
    """
    from pryv_tui.operations.guards.host import only_looks
    from pryv_tui.operations.stores import STORES

    words = STORES[store].dump_programs
    running = [
        line
        for line in ctx.site.host(host).engine.processes(container)
        if any(word in line for word in words) and not only_looks(line)
    ]
    if running:
        raise PryvTuiError(
            "refused",
            f"in {container} an earlier dump still runs: {running[0]}",
            end_orphan(container, host),
        )
