"""Lines that mongodump and mongorestore print, and archives with what they hold."""

# ruff: noqa: E501  (the tools' lines are as long as they are)
from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import bson

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import OutputSink
from pryv_tui.operations.stores.mongodb import DumpWords
from pryv_tui.practice.tools.mongo_dumpfiles import ArchiveWriter
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import TellingEngine

DUMP_OK = """\
2026-11-22T22:48:59.248+0000	writing pryv-node.accesses to /app/backup/pryv-node/accesses.bson
2026-11-22T22:48:59.251+0000	writing pryv-node.events to /app/backup/pryv-node/events.bson
2026-11-22T22:48:59.251+0000	writing pryv-node.streams to /app/backup/pryv-node/streams.bson
2026-11-22T22:48:59.253+0000	done dumping pryv-node.accesses (30 documents)
2026-11-22T22:48:59.265+0000	done dumping pryv-node.streams (12 documents)
2026-11-22T22:48:59.276+0000	done dumping pryv-node.events (1200 documents)
"""


HEADS = """\
2026-11-22T22:49:00.343+0000	preparing collections to restore from
2026-11-22T22:49:00.343+0000	don't know what to do with file "/app/backup/.gitkeep", skipping...
2026-11-22T22:49:00.343+0000	reading metadata for pryv-node.events from /app/backup/pryv-node/events.metadata.json
"""
RESTORE_OK = (
    HEADS
    + """\
2026-11-22T22:49:00.363+0000	finished restoring pryv-node.accesses (30 documents, 0 failures)
2026-11-22T22:49:00.367+0000	finished restoring pryv-node.streams (12 documents, 0 failures)
2026-11-22T22:49:00.438+0000	finished restoring pryv-node.events (1200 documents, 0 failures)
2026-11-22T22:49:00.438+0000	no indexes to restore for collection pryv-node.streams
2026-11-22T22:49:00.441+0000	1242 document(s) restored successfully. 0 document(s) failed to restore.
"""
)


HELD = {"accesses": 30, "events": 1200, "streams": 12}


def archive(counts: dict[str, int], views: tuple[str, ...] = ()) -> bytes:
    """What `mongodump --archive` sends for collections of so many documents, and views."""
    out = io.BytesIO()
    view = '{"options":{"viewOn":"events","pipeline":[]},"indexes":[]}'
    heads = {("pryv-node", name): ('{"indexes":[]}', 0) for name in counts}
    heads |= {("pryv-node", name): (view, 0) for name in views}
    writer = ArchiveWriter(out, heads)
    for name, count in counts.items():
        writer.collection("pryv-node", name, (bson.encode({"_id": n}) for n in range(count)))
    for name in views:
        writer.collection("pryv-node", name, iter(()))
    return out.getvalue()


def sending(
    counts: dict[str, int],
    *,
    views: tuple[str, ...] = (),
    hidden: dict[str, int] | None = None,
    words: str = DUMP_OK,
) -> StillHost:
    """A host whose mongodump sends so many documents; hidden ones when asked for them alone."""

    class Sends(TellingEngine):
        def exec(
            self, container: str, argv: Sequence[str], *, on_output: OutputSink, **_more: Any
        ) -> int:
            self.asked.append((container, list(argv)))
            if not argv[0].endswith("mongodump"):
                raise PryvTuiError("program-missing", argv[0])
            sent = archive(counts, views)
            if "--collection" in argv:
                name = argv[argv.index("--collection") + 1]
                sent = archive({name: (hidden or {})[name]} if name in (hidden or {}) else {})
            on_output("stdout", sent)
            on_output("stderr", words.encode())
            return 0

    containers = machine("core")
    host = StillHost("core", containers)
    engine: Any = Sends(containers, lambda _argv: (0, "", ""))
    host.engine = engine
    return host


def dumped(text: str) -> DumpWords:
    words = DumpWords()
    for line in text.splitlines():
        words("stderr", line)
    return words
