"""Empty a dump folder before a dump, and put its former content back afterwards.

An old dump must not be copied into the set, nor merged with the new one on restore: mongodump does
not remove files of collections that no longer exist, and influxd merges all backups in the folder.
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
"""A file of the templates that stays in the folder; mongorestore only reports that it skips it."""


class PrepareDump(Step, frozen=True, kw_only=True, tag="prepare-dump"):
    """Move the former content of a dump folder aside; nothing is deleted."""

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
            # At the top of the disk that the dump folder is on.
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
    """The words for `find` that exclude the entries that stay in place."""
    names = [".gitkeep"]
    if aside.startswith(f"{folder}/"):
        names += [own_folder.NAME, LOST_AND_FOUND]  # the folder is the top of a separate disk
    return "".join(f" ! -name {name}" for name in names)


class PutBackDump(Step, frozen=True, kw_only=True, tag="put-back-dump"):
    """Remove this run's dump, which is already in the set, and put the former content back."""

    store: str
    folder: str
    aside: str

    @property
    def title(self) -> str:
        return f"Put the former content of the dump folder of {self.store} back"

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
        # If a dead run moved the content aside, this run now has to put it back.
        ctx.owe(owed)
        try:
            put_back_dump(ctx, owed)
        except PryvTuiError as error:
            # Only a warning: the set is complete, and the run continues with its other duties. A
            # person has to put this folder back.
            ctx.warn(error.told)
            ctx.facts.in_vain = (error.what, error.remedy)


def put_back_dump(ctx: RunContext, owed: Owed) -> None:
    """Undo a `PrepareDump`: remove this run's own dump, and put the former content back.

    This run's own dump is either in the set already, or useless, and its source is still in the
    store. A dead run's dump is moved aside and not removed, because a person may have made a dump
    by hand since.
    """
    folder, aside = Path(owed.what), Path(owed.where)
    # The folder for the former content is named after the run and the store.
    own = ctx.run_id in aside.parts
    try:
        _end_left(ctx, owed.host, aside)
    except PryvTuiError as error:
        # If the engine went away during this run's dump, the dump has usually ended too; if not, it
        # writes into the folder that is moved away. To end a dead run's dump, the engine is needed.
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
        # Remove this program's folders only if they are empty: another run may need their content.
        drop_empty(kept, 1)
        drop_empty(aside.parent, 3)
    except OSError as error:
        raise PryvTuiError(
            "step-failed",
            f"the former content of the dump folder {folder} could not be put back: {error}",
            f"Its former content is complete, in {aside.parent} and {folder}; to put it back:"
            " pryv-tui recover",
        ) from error
    ctx.settle(owed)


def _end_left(ctx: RunContext, host: str, aside: Path) -> None:
    """End a dump that an earlier run has left running in a container: it would fill the folder.

    The dump is identified by its exec id at the engine, because a dump by hand may have the same
    command line.

    Args:
        aside: the folder into which that run had moved the former content.

    Raises:
        PryvTuiError: the dump can't be ended; then the folder is not put back.
    """
    container = _running(ctx, host, aside.name)
    if not container:
        return
    run, engine = aside.parent.name, ctx.site.host(host).engine
    for program, path in not_followed(engine.url, container, run).items():
        if engine.end_exec(container, program):
            ctx.report.note(
                f"{host}: a dump of {aside.name}, begun by the run {run}, was still running in"
                f" {container} and was ended"
            )
        with suppress(OSError):
            path.unlink()


def _refuse_writers(ctx: RunContext, owed: Owed) -> None:
    """Refuse to put a dead run's dump folder back while a program writes a dump into it.

    It may be a dump by hand, or the dead run's own, if that run could not record the exec id.

    Raises:
        PryvTuiError: `step-failed`, there is such a program.
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
                f"a program in {container} writes into the dump folder {owed.what}, and may be"
                f" another person's: {line}. The folder's former content stays in {owed.where}",
                writes_on(container, owed.host),
            )


def _running(ctx: RunContext, host: str, store: str) -> str:
    """Return the name of a store's container if it is running, else an empty text."""
    state = ctx.deployment.host(host)
    layout = state.layout.stores.get(store) if state is not None else None
    if layout is None:
        return ""
    now = ctx.site.host(host).engine.glance()
    return layout.container if any(c.name == layout.container and c.running for c in now) else ""


_OWN = re.compile(
    r"pryv-node|(meta\.\d+|\d{8}T\d{6}Z\.(meta|manifest|s\d+\.tar\.gz)|.+\.\d{5,}\.\d+)(\.pending)?"
)
"""A pattern for the names of files that mongodump and influxd backup write, complete or not.

influxd fetches each shard into `<database>.<policy>.<shard>.<number>` and then packs that file; the
name of an incomplete file ends in `.pending` (cmd/influxd/backup/backup.go).
"""


def _remove_own(kept: Path, folder: Path) -> None:
    """Remove this run's dump; put files back that somebody else has written beside it.

    Args:
        kept: the folder with the dump.
        folder: the dump folder.
    """
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
    """Refuse while a dump of an earlier run is still running in the container.

    If a docker client is ended, the program that it started inside continues; and two dumps into
    the same folder would mix their files.
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
            f"an earlier dump is still running in {container}: {running[0]}",
            end_orphan(container, host),
        )
