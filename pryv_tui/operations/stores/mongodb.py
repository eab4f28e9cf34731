"""MongoDB: mongodump and mongorestore, and where their output misleads.

Facts from real runs of the tools 100.7 against a MongoDB-4.2-compatible server: mongorestore exits
0 although documents failed; mongodump of a database that does not exist prints and writes nothing
and exits 0; a truncated file stops mongorestore after a part was restored. mongodump silently
leaves out a collection with a `$` in its name.

So documents are counted in the dump's files, and in the server. The tools' output is compared with
these counts as far as it is understood (`mongo_words`).
"""

from __future__ import annotations

import re
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.bson_files import MongoDump, file_stem, read_dump
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.mongo_archive import ArchiveReader
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import docker_exec
from pryv_tui.operations.stores.base import Holds, exec_dump, failure_line, wait_until
from pryv_tui.operations.stores.mongo_counts import Counted, NotCounted, ask_counts
from pryv_tui.operations.stores.mongo_server import (
    BIN,
    MongoServer,
    ask_server,
    see_it_answers,
)
from pryv_tui.operations.stores.mongo_words import DATABASE, DumpWords, RestoreWords
from pryv_tui.operations.stores.near import mongodb
from pryv_tui.phrases import counted
from pryv_tui.platform.layout import Layout

__all__ = ["BIN", "COUNT", "DATABASE", "DumpWords", "MongoDB", "RestoreWords"]

COUNT = [f"{BIN}/mongodump", "-d", DATABASE, "--archive"]
"""A dump to standard output. Its documents are counted while it is read; it is not stored."""
ANSWERS = [f"{BIN}/mongodump", "-d", "pryv-tui-asks", "--archive"]
"""A dump of a database that does not exist: it reads nothing, and fails if no server answers."""
COUNTED = "counted by the server, collection by collection; the documents themselves were not read"
READ = "each was read once more, through mongodump, and counted; its content was not compared"


class MongoDB:
    name = "mongodb"
    title = "MongoDB"
    dump_programs = ("mongodump", "mongorestore")
    handed: tuple[str, ...] = ()

    def dump_command(self, layout: Layout) -> list[list[str]]:
        inside = layout.stores[self.name].dump_inside
        return [[f"{BIN}/mongodump", "-d", DATABASE, "-o", f"{inside}/"]]

    def restore_command(self, layout: Layout, workers: int = 0) -> list[list[str]]:
        inside = layout.stores[self.name].dump_inside
        return [[f"{BIN}/mongorestore", *worker_options(workers), f"{inside}/"]]

    def compare_command(self) -> list[list[str]]:
        return [COUNT]

    def dump(self, ctx: RunContext, host: str) -> Holds:
        state = ctx.state_of(host)
        layout = state.layout
        words = DumpWords()
        store = layout.stores[self.name]
        folder = state.root_path / store.dump
        command = self.dump_command(layout)[0]
        code = exec_dump(ctx, host, store.container, command, folder, words)
        if code != 0:
            words.judge(code)
        found = _read(folder) if (folder / DATABASE).is_dir() else MongoDump({})
        words.judge(code, found=[*found.counts, *found.views])
        _note(ctx, words.compare(found.counts))
        left_out = self._dump_left_out(ctx, host, found)
        if left_out is not None:
            found = _read(folder)
        missing = sorted(set(left_out or ()) - found.counts.keys())
        for name in missing:
            ctx.lacks(
                f"the collection {name!r} of MongoDB",
                f"MongoDB: the collection {name!r} is not in the set: mongodump leaves it out,"
                " even if it is asked for this collection alone; the set is not whole. Save the"
                " collection by other means.",
            )
        ctx.checked(
            f"MongoDB: the dump's files hold {counted(sum(found.counts.values()), 'document')} in"
            f" {counted(len(found.counts), 'collection')}; {_said(words)}"
        )
        return {**_holds(found), **({"left_out": missing} if missing else {})}

    def _dump_left_out(self, ctx: RunContext, host: str, found: MongoDump) -> set[str] | None:
        """Dump each collection that mongodump left out with a command of its own.

        Returns:
            the names of these collections; None: the server could not be asked for its collections.
        """
        state = ctx.state_of(host)
        store = state.layout.stores[self.name]
        try:
            server = _ask(ctx, host)
            for name in sorted(server.views - set(found.views)):
                ctx.lacks(
                    f"the view {name!r} of MongoDB",
                    f"MongoDB: the view {name!r} is not in the set: mongodump leaves it out. The"
                    " documents that it shows are in the set. Save the view by other means.",
                )
            left = server.dumped - found.counts.keys()
            for name in sorted(left):
                command = [*self.dump_command(state.layout)[0], "--collection", name]
                ctx.report.note(
                    f"MongoDB: mongodump left out the collection {name!r}, so it is dumped"
                    f" separately: {docker_exec(store.container, command)}"
                )
                words = DumpWords()
                folder = state.root_path / store.dump
                if exec_dump(ctx, host, store.container, command, folder, words) != 0:
                    ctx.report.note(failure_line(words.tail.lines, "mongodump failed"))
            # A collection that was dropped in the meantime is not missing.
            return (left & _ask(ctx, host).dumped) if left else set()
        except PryvTuiError as error:
            if error.name in ("engine-unreachable", "container-stopped", "disk-full"):
                raise
            ctx.report.note(
                f"MongoDB could not be asked which collections it has ({error.what}): mongodump"
                " leaves out those with a $ in their names, without saying so"
            )
            ctx.facts.unchecked.append(
                f"whether all collections of MongoDB are in it ({error.what})"
            )
            return None

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        found = _read(files / layout.stores[self.name].dump)
        _same(dict(holds["collections"]), found.counts, "the dump held", "the set's copy holds")
        return {**holds, **_holds(found)}

    def count(self, files: Path, layout: Layout) -> Holds:
        """Return a summary of the content of a dump that was made by hand."""
        return _holds(_read(files / layout.stores[self.name].dump))

    def restore(
        self, ctx: RunContext, host: str, layout: Layout, holds: Holds, workers: int = 0
    ) -> None:
        words = RestoreWords()
        container = layout.stores[self.name].container
        command = self.restore_command(layout, workers)[0]
        unknown = _unknown(ctx, host, container, worker_options(workers))
        command = [word for word in command if word not in unknown]
        code = ctx.exec(host, container, command, on_line=words)
        expected = dict(holds["collections"])
        _note(ctx, words.judge(code, expected))
        for name in sorted(name for name in expected if "$" in name):
            if name not in words.collections:
                self._restore_alone(ctx, host, layout, name)
        told = "an unknown number of" if words.restored is None else words.restored
        ctx.checked(
            f"MongoDB: mongorestore says that {told} documents were restored, {words.failed}"
            f" failed; the set holds {sum(expected.values())}"
        )

    def _restore_alone(self, ctx: RunContext, host: str, layout: Layout, name: str) -> None:
        """Restore a collection that mongorestore may have skipped because of its name.

        Success is not checked here: later `compare` compares the server with the set.
        """
        store = layout.stores[self.name]
        file = f"{store.dump_inside}/{DATABASE}/{file_stem(name)}.bson"
        command = [*self.restore_command(layout)[0][:1], "-d", DATABASE, "--collection", name]
        there = self._counted(ctx, host, [*COUNT, "--collection", name], optional=True)
        if name in there.counts:
            return
        ctx.exec(host, store.container, [*command, file], on_line=RestoreWords())

    def _live(self, ctx: RunContext, host: str, holds: Holds) -> tuple[MongoDump, str]:
        """Count the live server's documents; return the counts, and in words how they were counted.

        The server counts if it can be asked. Otherwise mongodump sends all documents, and they are
        counted here.

        Args:
            holds: the content that the server should have.
        """
        # mongodump leaves these collections out unless it is asked for them by name.
        alone = sorted(name for name in holds["collections"] if "$" in name)

        def of_dump(told: Counted) -> MongoDump:
            # Of the names with a $, keep only those that the set records.
            counts = {n: k for n, k in told.documents.items() if "$" not in n or n in alone}
            return MongoDump(counts, tuple(sorted(told.views)))

        try:
            told = ask_counts(ctx, host, lambda told: _fits(of_dump(told), holds))
        except NotCounted as error:
            ctx.report.note(
                f"MongoDB could not be asked how many documents it holds ({error}): all are read"
                " once more, through mongodump"
            )
        else:
            return of_dump(told), COUNTED
        found = self._counted(ctx, host, COUNT)
        for name in alone:
            if name not in found.counts:
                command = [*COUNT, "--collection", name]
                found.counts.update(self._counted(ctx, host, command, optional=True).counts)
        return found, READ

    def _counted(
        self, ctx: RunContext, host: str, command: list[str], *, optional: bool = False
    ) -> MongoDump:
        words, reader = DumpWords(), ArchiveReader()
        damage: list[FormatError] = []

        def take(chunk: bytes) -> None:
            # An error raised in this callback would look like an error of the engine.
            try:
                if not damage:
                    reader.feed(chunk)
            except FormatError as error:
                damage.append(error)

        code = ctx.exec(
            host, ctx.state_of(host).name_of("mongodb"), command, on_line=words, on_data=take
        )
        if code != 0 and optional:
            return MongoDump({})
        if code != 0:
            words.judge(code)
        if reader.untouched:
            return MongoDump({})
        try:
            if damage:
                raise damage[0]
            reader.close()
        except FormatError as error:
            raise PryvTuiError(
                "check-failed", f"what mongodump sent could not be counted: {error}"
            ) from error
        return MongoDump(
            {name: n for (database, name), n in reader.counts.items() if database == DATABASE},
            tuple(name for database, name in reader.views if database == DATABASE),
        )

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        expected = dict(holds["collections"])
        alone = [name for name in expected if "$" in name]
        live, how = self._live(ctx, host, holds)
        found = live.counts
        for name in sorted(set(holds.get("views", ())) - set(live.views)):
            ctx.lacks(
                f"the view {name!r} of MongoDB",
                f"MongoDB: the view {name!r} is in the set but not on the restored server",
            )
        # If only these collections differ, the restore still counts as done.
        for name in alone:
            if found.get(name) != expected[name]:
                held = expected.pop(name)
                ctx.lacks(
                    f"documents of the collection {name!r} of MongoDB",
                    f"MongoDB: {counted(held, 'document')} of the collection {name!r}"
                    f" {'is' if held == 1 else 'are'} in the set, the server holds"
                    f" {found.pop(name, 'none')}: mongorestore can't bring"
                    f" it back; its file is {DATABASE}/{file_stem(name)}.bson in the dump folder",
                )
        for name in sorted(expected.keys() ^ found.keys()):
            # An empty collection that exists on one side only is no loss of documents.
            if not expected.get(name, found.get(name)):
                where = "in the set" if name in expected else "on the restored server"
                ctx.report.note(f"MongoDB: the empty collection {name!r} is {where} alone")
                expected.pop(name, None)
                found.pop(name, None)
        _same(expected, found, "the set holds", "the restored server holds")
        ctx.checked(
            f"MongoDB: the server holds {counted(sum(found.values()), 'document')} in {len(found)}"
            f" collections; expected {sum(expected.values())} in {len(expected)} ({how})"
        )

    def wait(self, ctx: RunContext, host: str) -> None:
        name = ctx.state_of(host).name_of("mongodb")

        def near() -> bool:
            see_it_answers(mongodb(ctx.site.host(host).engine, name))
            return True

        def answers() -> str | None:
            words = DumpWords()
            try:
                code = ctx.exec(
                    host,
                    name,
                    ANSWERS,
                    on_line=words,
                    keep_stdout=False,
                    quiet=True,
                )
            except PryvTuiError as error:
                # Right after a start the container may not run yet.
                if error.name != "container-stopped":
                    raise
                return error.what
            return None if code == 0 else failure_line(words.tail.lines, f"exit {code}")

        wait_until(ctx, answers, "MongoDB", name, host, near=near)


def _read(folder: Path) -> MongoDump:
    database = folder / DATABASE
    if not database.is_dir():
        raise PryvTuiError(
            "check-failed", f"the dump folder {folder} holds no dump of {DATABASE!r}"
        )
    try:
        return read_dump(database)
    except FormatError as error:
        raise PryvTuiError("check-failed", f"the MongoDB dump is damaged: {error}") from error


def _holds(found: MongoDump) -> Holds:
    holds: Holds = {"database": DATABASE, "collections": found.counts}
    return {**holds, "views": sorted(found.views)} if found.views else holds


def _fits(found: MongoDump, holds: Holds) -> bool:
    """Whether a server has the documents and views that the set records; empty collections are
    ignored."""
    there = {name: many for name, many in found.counts.items() if many}
    wanted = {name: many for name, many in holds["collections"].items() if many}
    return there == wanted and set(holds.get("views", ())) <= set(found.views)


def worker_options(workers: int) -> list[str]:
    """The options that set mongorestore's number of parallel workers; none for 0.

    By default mongorestore fills four collections in parallel, each with one insertion worker (the
    tools' manual). That is slow for Pryv: nearly all documents are in one collection.
    """
    if not workers:
        return []
    return [f"--numParallelCollections={workers}", f"--numInsertionWorkersPerCollection={workers}"]


def _unknown(ctx: RunContext, host: str, container: str, options: list[str]) -> set[str]:
    """Return those of `options` that mongorestore's help in the container does not list.

    An old mongorestore would refuse them and restore nothing, when the root is already replaced.
    """
    if not options:
        return set()
    said: list[str] = []
    argv = [f"{BIN}/mongorestore", "--help"]
    ctx.exec(host, container, argv, on_line=lambda _stream, line: said.append(line), quiet=True)
    listed = set(re.findall(r"--\w+", "\n".join(said)))
    unknown = [option for option in options if option.partition("=")[0] not in listed]
    for option in unknown:
        ctx.report.note(
            f"MongoDB: the mongorestore of {container} does not list {option.partition('=')[0]}"
            " in its help, so it is run without that"
        )
    return set(unknown)


def _ask(ctx: RunContext, host: str) -> MongoServer:
    container = ctx.state_of(host).container("mongodb")
    if container is None:
        raise PryvTuiError("container-missing", "there is no container of MongoDB")
    return ask_server(ctx.site.host(host).engine, container, ctx.cancel, ctx.site.shells)


def _note(ctx: RunContext, notes: list[str]) -> None:
    for note in notes:
        ctx.report.note(f"MongoDB: {note}")


def _said(words: DumpWords) -> str:
    if not words.collections:
        return "mongodump said nothing about it that this program understands"
    return (
        f"mongodump said {counted(sum(words.collections.values()), 'document')} in"
        f" {counted(len(words.collections), 'collection')}"
    )


def _same(left: dict[str, int], right: dict[str, int], left_says: str, right_says: str) -> None:
    if left == right:
        return
    differing = [
        f"{name}: {left_says} {left.get(name, 'none')}, {right_says} {right.get(name, 'none')}"
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    ]
    raise PryvTuiError("check-failed", "MongoDB's documents differ: " + "; ".join(differing[:8]))
