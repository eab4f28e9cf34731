"""MongoDB: mongodump and mongorestore, and how they mislead.

Facts from real runs of the tools 100.7 against a MongoDB-4.2-compatible server: mongorestore exits
0 although documents failed; mongodump of a database that does not exist prints and writes nothing
and exits 0; a truncated file stops mongorestore after a part was restored.
"""

from __future__ import annotations

import re
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.base import Holds, Tail, failure_line, wait_until
from pryv_tui.platform.layout import Layout
from pryv_tui.vault.formats.bson_files import dump_counts
from pryv_tui.vault.formats.errors import FormatError

DATABASE = "pryv-node"
BIN = "/app/bin/mongodb/bin"
COUNT = [f"{BIN}/mongodump", "-d", DATABASE, "--archive"]
"""A dump of which only the words are kept: they count the documents."""

_DUMPED = re.compile(r"done dumping (?P<db>[^.\s]+)\.(?P<name>\S+) \((?P<count>\d+) documents?\)")
_RESTORED = re.compile(
    r"finished restoring (?P<db>[^.\s]+)\.(?P<name>\S+) \((?P<count>\d+) documents?, "
    r"(?P<failed>\d+) failures?\)"
)
_TOTAL = re.compile(
    r"(?P<count>\d+) document\(s\) restored successfully\. "
    r"(?P<failed>\d+) document\(s\) failed to restore\."
)


class DumpWords:
    """What a mongodump says, read line by line."""

    def __init__(self) -> None:
        self.collections: dict[str, int] = {}
        self.tail = Tail()

    def __call__(self, stream: Stream, line: str) -> None:
        if match := _DUMPED.search(line):
            self.collections[match["name"]] = int(match["count"])
        self.tail.add(line)

    def judge(self, exit_code: int) -> None:
        """Raise unless a dump with at least one collection was made."""
        if exit_code != 0:
            raise PryvTuiError(
                "step-failed",
                f"mongodump failed (exit {exit_code}): "
                + failure_line(self.tail.lines, "it printed nothing"),
            )
        if not self.collections:
            raise PryvTuiError(
                "check-failed",
                f"mongodump exited 0 but dumped no collection: there is no database {DATABASE!r},"
                " or it is empty",
                "Check that this is the right MongoDB: an empty dump is no backup.",
            )


class RestoreWords:
    """What a mongorestore says, read line by line; its exit code alone proves nothing."""

    def __init__(self) -> None:
        self.collections: dict[str, int] = {}
        self.restored: int | None = None
        self.failed = 0
        self.reason = ""
        self.cause = ""
        self.tail = Tail()

    def __call__(self, stream: Stream, line: str) -> None:
        if match := _RESTORED.search(line):
            if match["db"] == DATABASE:
                self.collections[match["name"]] = int(match["count"])
        elif match := _TOTAL.search(line):
            self.restored, self.failed = int(match["count"]), int(match["failed"])
        elif "Failed:" in line:
            self.reason = line[line.index("Failed:") :].strip()
        if "continuing through error" not in line:
            self.tail.add(line)
        elif not self.cause:
            self.cause = line[line.index("continuing through error") :].strip()[:300]

    def judge(self, exit_code: int, expected: dict[str, int]) -> None:
        """Raise unless every document of every collection was restored.

        Args:
            expected: documents per collection, counted in the dump's own files.
        """
        total = sum(expected.values())
        if exit_code != 0:
            raise PryvTuiError(
                "step-failed",
                f"mongorestore failed (exit {exit_code}) after {self.restored or 0} of {total}"
                " documents: " + (self.reason or failure_line(self.tail.lines, "no words")),
            )
        if self.restored is None:
            raise PryvTuiError(
                "check-failed",
                "mongorestore exited 0 but did not say how many documents it restored",
            )
        if self.failed:
            raise PryvTuiError(
                "check-failed",
                f"mongorestore exited 0, but {self.failed} of {total} documents were not restored"
                f" ({self.restored} were): {self.cause or 'it did not say why'}",
                "Duplicates mean that the database held documents already, and those win; any other"
                " cause is the server's own: read its log.",
            )
        wrong = [
            f"{name} {self.collections.get(name, 0)} of {count}"
            for name, count in sorted(expected.items())
            if self.collections.get(name, 0) != count
        ]
        if self.restored != total or wrong:
            raise PryvTuiError(
                "check-failed",
                f"mongorestore restored {self.restored} documents, the dump holds {total}"
                + (f" ({', '.join(wrong)})" if wrong else ""),
            )


class MongoDB:
    name = "mongodb"
    title = "MongoDB"
    dump_programs = ("mongodump", "mongorestore")

    def dump_command(self, layout: Layout) -> list[list[str]]:
        inside = layout.stores[self.name].dump_inside
        return [[f"{BIN}/mongodump", "-d", DATABASE, "-o", f"{inside}/"]]

    def restore_command(self, layout: Layout) -> list[list[str]]:
        return [[f"{BIN}/mongorestore", f"{layout.stores[self.name].dump_inside}/"]]

    def compare_command(self) -> list[list[str]]:
        return [COUNT]

    def dump(self, ctx: RunContext, host: str) -> Holds:
        state = ctx.state_of(host)
        layout = state.layout
        words = DumpWords()
        store = layout.stores[self.name]
        code = ctx.exec(host, store.container, self.dump_command(layout)[0], on_line=words)
        words.judge(code)
        found = _counts(state.root_path / store.dump)
        _same(words.collections, found, "mongodump said", "its files hold")
        ctx.checked(
            f"MongoDB: mongodump said {sum(words.collections.values())} documents in"
            f" {len(words.collections)} collections; its files hold {sum(found.values())}"
        )
        return {"database": DATABASE, "collections": found}

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        found = _counts(files / layout.stores[self.name].dump)
        _same(dict(holds["collections"]), found, "the dump held", "the set's copy holds")
        return {"database": DATABASE, "collections": found}

    def restore(self, ctx: RunContext, host: str, layout: Layout, holds: Holds) -> None:
        words = RestoreWords()
        container = layout.stores[self.name].container
        code = ctx.exec(host, container, self.restore_command(layout)[0], on_line=words)
        words.judge(code, dict(holds["collections"]))
        ctx.checked(
            f"MongoDB: {words.restored} documents restored, {words.failed} failed;"
            f" the set holds {sum(holds['collections'].values())}"
        )

    def live_counts(self, ctx: RunContext, host: str) -> dict[str, int]:
        """Documents per collection of the live server, as mongodump counts them.

        A dump thrown away reads every document, which a shell's count does not, and needs no
        program besides the two that every Pryv image has.
        """
        words = DumpWords()
        code = ctx.exec(host, "pryvio_mongodb", COUNT, on_line=words, keep_stdout=False)
        if code != 0:
            words.judge(code)
        return words.collections

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        found = self.live_counts(ctx, host)
        expected = dict(holds["collections"])
        _same(expected, found, "the set holds", "the restored server holds")
        ctx.checked(
            f"MongoDB: the server holds {sum(found.values())} documents in {len(found)}"
            f" collections; expected {sum(expected.values())} in {len(expected)}"
        )

    def wait(self, ctx: RunContext, host: str) -> None:
        def answers() -> str | None:
            words = DumpWords()
            try:
                code = ctx.exec(
                    host, "pryvio_mongodb", COUNT, on_line=words, keep_stdout=False, quiet=True
                )
            except PryvTuiError as error:
                # Right after a start the container may still be on its way up.
                if error.name != "container-stopped":
                    raise
                return error.what
            return None if code == 0 else failure_line(words.tail.lines, f"exit {code}")

        wait_until(ctx, answers, "MongoDB")


def _counts(folder: Path) -> dict[str, int]:
    database = folder / DATABASE
    if not database.is_dir():
        raise PryvTuiError(
            "check-failed", f"the dump folder {folder} holds no dump of {DATABASE!r}"
        )
    try:
        return dump_counts(database)
    except FormatError as error:
        raise PryvTuiError("check-failed", f"the MongoDB dump is damaged: {error}") from error


def _same(left: dict[str, int], right: dict[str, int], left_says: str, right_says: str) -> None:
    if left == right:
        return
    differing = [
        f"{name}: {left_says} {left.get(name, 'none')}, {right_says} {right.get(name, 'none')}"
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    ]
    raise PryvTuiError("check-failed", "MongoDB's documents differ: " + "; ".join(differing[:8]))
