"""Parse the lines that mongodump and mongorestore print.

The wording changed over the releases: before r4.2 mongorestore prints no totals and no failures,
from 100.16 on names are in back-quotes (Go's `%#q`). So documents are counted in the files and in
the server, and a printed number that differs from that count is an error. A line that is not
understood proves nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pryv_tui.decoding import decode_loose_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.stores.base import Tail, failure_line
from pryv_tui.phrases import counted, cut

DATABASE = "pryv-node"

_DUMPED = re.compile(r"\bdone dumping (?P<space>.+) \((?P<count>\d+) documents?\)\s*$")
_RESTORED = re.compile(
    r"\bfinished restoring (?P<space>.+) \((?P<count>\d+) documents?"
    r"(?:, (?P<failed>\d+) failures?)?\)\s*$"
)
_TOTAL = re.compile(
    r"(?P<count>\d+) document\(s\) restored successfully\. "
    r"(?P<failed>\d+) document\(s\) failed to restore\."
)


def namespace(space: str) -> tuple[str, str] | None:
    """Split a name that the tools print into database and collection; None if it can't be parsed.

    The name is plain, in back-quotes, or (if it contains a back-quote or a line break) a quoted Go
    string.
    """
    if len(space) > 1 and space[0] == space[-1] == "`":
        space = space[1:-1]
    elif len(space) > 1 and space[0] == space[-1] == '"':
        try:
            # Go's escapes are those of JSON, except for single bytes and a few rare ones.
            space = decode_loose_json(re.sub(r"\\x([0-9a-f]{2})", r"\\u00\1", space))
        except ValueError:
            return None
    database, dot, name = space.partition(".")
    return (database, name) if dot and name else None


class DumpWords:
    """Collects the output of one mongodump, and judges it."""

    def __init__(self) -> None:
        self.collections: dict[str, int] = {}
        self.tail = Tail()

    def __call__(self, stream: Stream, line: str) -> None:
        if match := _DUMPED.search(line):
            found = namespace(match["space"])
            if found is not None and found[0] == DATABASE:
                self.collections[found[1]] = int(match["count"])
        self.tail.add(line)

    def judge(self, exit_code: int, found: Sequence[str] = ()) -> None:
        """Raise unless the dump succeeded and contains at least one collection.

        Args:
            found: the collections and views of which files were found.
        """
        if exit_code != 0:
            raise PryvTuiError(
                "step-failed",
                f"mongodump failed (exit {exit_code}): "
                + failure_line(self.tail.lines, "it did not say why"),
            )
        if not self.collections and not found:
            raise PryvTuiError(
                "check-failed",
                f"mongodump exited 0 but dumped no collection: there is no database {DATABASE!r},"
                " or it is empty",
                "If it had accounts, restore a set that has them: pryv-tui list. If"
                " there is no account yet, there is none to back up.",
            )

    def compare(self, found: Mapping[str, int], are: str = "its files hold") -> list[str]:
        """Compare the numbers that mongodump printed with those in the dump; return notes about
        collections for which nothing understandable was printed.

        Args:
            found: documents per collection, counted in the dump itself.
            are: the words before a number of `found` in an error.

        Raises:
            PryvTuiError: `check-failed`, a printed number differs.
        """
        wrong = [
            f"{name}: mongodump said {self.collections[name]}, {are} {count}"
            for name, count in sorted(found.items())
            if self.collections.get(name, count) != count
        ]
        strange = {name: n for name, n in self.collections.items() if name not in found and n}
        silent = {name: n for name, n in found.items() if name not in self.collections}
        # A collection whose name is only printed differently has the same number of documents.
        lost = Counter(strange.values()) - Counter(silent.values())
        for n, many in sorted(lost.items()):
            names = sorted(name for name, count in strange.items() if count == n)
            if many < len(names):
                # The others were dumped, under names that mongodump prints differently.
                names = [f"{many} of {', '.join(names)}"]
            wrong += [f"{name}: mongodump said {n}, {are} none" for name in names]
        if wrong:
            raise PryvTuiError(
                "check-failed", "MongoDB's documents differ: " + "; ".join(wrong[:8])
            )
        return _not_said("mongodump", silent)


class RestoreWords:
    """Collects the output of one mongorestore, and judges it: the exit code proves nothing."""

    def __init__(self) -> None:
        self.collections: dict[str, int] = {}
        self.restored: int | None = None
        self.failed = 0
        self.reason = ""
        self.cause = ""
        self.elsewhere = 0
        """The number of documents that were restored into other databases, by the output."""
        self.tail = Tail()

    def __call__(self, stream: Stream, line: str) -> None:
        if match := _RESTORED.search(line):
            found = namespace(match["space"])
            if found is not None and found[0] == DATABASE:
                self.collections[found[1]] = int(match["count"])
            elif found is not None and DATABASE not in found[0]:
                # A name that contains DATABASE is that database, in unknown quotes.
                self.elsewhere += int(match["count"])
        elif match := _TOTAL.search(line):
            self.restored, self.failed = int(match["count"]), int(match["failed"])
        elif "Failed:" in line:
            self.reason = line[line.index("Failed:") :].strip()
        if "continuing through error" not in line:
            self.tail.add(line)
        elif not self.cause:
            self.cause = cut(line[line.index("continuing through error") :].strip(), 300)

    def judge(self, exit_code: int, expected: Mapping[str, int]) -> list[str]:
        """Raise if the output says that a document is missing.

        Args:
            expected: documents per collection, counted in the dump's own files.

        Returns:
            notes about collections for which nothing understandable was printed. In any case the
            server is asked later how many documents it has.
        """
        total = sum(expected.values())
        if exit_code != 0:
            raise PryvTuiError(
                "step-failed",
                f"mongorestore failed (exit {exit_code}) after {self.restored or 0} of {total}"
                " documents: " + (self.reason or failure_line(self.tail.lines, "no words")),
            )
        if self.failed:
            raise PryvTuiError(
                "check-failed",
                f"mongorestore exited 0, but {self.failed} of {counted(total, 'document')}"
                f" {'was' if self.failed == 1 else 'were'} not restored"
                f" ({self.restored or 0} restored): {self.cause or 'it did not say why'}",
            )
        silent = {name: count for name, count in expected.items() if name not in self.collections}
        # Documents under names that are not understood must belong to the collections without a
        # line: a time series may be printed with its own name or with that of its buckets.
        named = sum(self.collections[name] for name in expected.keys() & self.collections.keys())
        named += self.elsewhere
        unnamed = None if self.restored is None else self.restored - named
        lost = unnamed is not None and unnamed != sum(silent.values())
        wrong = [
            f"{name} {self.collections.get(name, 0)} of {count}"
            for name, count in sorted(expected.items())
            if self.collections.get(name, 0 if lost else count) != count
        ]
        if wrong or (self.restored is not None and self.restored != total):
            said = sum(self.collections.values()) if self.restored is None else self.restored
            raise PryvTuiError(
                "check-failed",
                f"mongorestore restored {counted(said, 'document')}, the dump holds {total}"
                + (f" ({', '.join(wrong)})" if wrong else ""),
            )
        notes = _not_said("mongorestore", silent)
        if self.restored is None:
            notes.insert(0, "mongorestore did not say how many documents it restored in all")
        return notes


def _not_said(tool: str, silent: Mapping[str, int]) -> list[str]:
    names = sorted(name for name, count in silent.items() if count)
    if not names:
        return []
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return [
        (
            f"{tool} said nothing that this program understands about"
            f" {', '.join(map(repr, names[:4]))}{more}"
        )
    ]
