"""Copying a tree: the way into a backup set, and the way back.

One walk and one pass: each file is read once, hashed and written, and its line goes into
`SHA256SUMS`. One thread walks (`walk`); where there is more than a little to copy, and more than
one core, workers copy: the C library what is plain, in pieces (`pieces`), Python the rest, file by
file (`dispatch`, `parallel/pool.py`).

Names are bytes. Every folder and file is opened relative to the folder that holds it and never
through a symbolic link, so that nothing swapped in meanwhile leads outside, and so that paths may
be longer than the system takes in one call. Memory: the names of the folders on the way down, the
files whose further hard links are awaited, and what `ExpectedSums` has to keep.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pryv_tui.filesystem.paths import telling_disk
from pryv_tui.vault.copying.parent import Parent
from pryv_tui.vault.copying.walk import TreeCopy
from pryv_tui.vault.files.linking import Proof
from pryv_tui.vault.files.progress import Meter
from pryv_tui.vault.files.types import (
    CancelToken,
    CopyHooks,
    CopyResult,
    Progress,
    Selection,
    TreeCount,
)
from pryv_tui.vault.lists.index import IndexWriter
from pryv_tui.vault.lists.sums import ExpectedSums, SumsWriter, prefix_of
from pryv_tui.vault.lists.tree import ExpectedTree, TreeWriter
from pryv_tui.vault.parallel.engine import USUAL, CopyEngine, watched

WHOLE = Selection()
"""Everything is included."""


def copy_tree(
    source: Path,
    destination: Path,
    *,
    selection: Selection = WHOLE,
    sums: Path | None = None,
    append_sums: bool = False,
    index: Path | None = None,
    tree: Path | None = None,
    parent: Parent | None = None,
    proof: Proof = Proof.TIMES,
    names: frozenset[bytes] | None = None,
    expected: Path | None = None,
    only_listed: bool = False,
    listed: tuple[Path, str] | None = None,
    total: TreeCount | None = None,
    count: bool = False,
    hooks: CopyHooks | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    engine: CopyEngine = USUAL,
) -> CopyResult:
    """Copy a tree with everything its files are besides their content.

    Kept: owners, modes, times in nanoseconds, symbolic links as they are, hard links within the
    tree, holes, extended attributes, ACLs, fifos. Sockets and devices are noted. When this
    returns, the copy is on the disk.

    Args:
        source: the folder whose content is copied; itself it may be a symbolic link.
        destination: made if it is missing; what it holds already must not be in the way of what
            comes (folders may be there, they get the source's owner, mode and times).
        selection: which part is copied.
        sums: a file to list every copied file in, in a folder that `destination` lies in.
        append_sums: append to an existing `sums` instead of starting a new one.
        index: a list of what each file was at its source, beside `sums`, line for line.
        tree: a list of the folders, links and fifos, beside `sums`; not for one walk of several.
        parent: an earlier copy of this tree, whose unchanged files are hard-linked.
        proof: what must prove that a file is unchanged, beside what the parent itself asks for.
        names: the files of `source` that have several names in it, if their number of links does
            not tell that.
        expected: a sums file of `source`; every file is compared with it while it is copied.
        only_listed: of what is in no list nothing is there in the end: it is told instead of being
            an error. It needs `expected`.
        listed: the list of `source`'s folders and links, and its SHA-256, to be compared likewise;
            where there is none, files alone are.
        total: what `count_tree` counted, to give progress its totals.
        count: progress has totals: those of the parent, or where there is none it is counted, and
            has them after that where others copy meanwhile.
        hooks: a practice platform's faults; with them everything is done in this thread.
        progress: called some times a second, and once at the end.
        cancel: ends the copy between two files or two chunks of one.
        engine: how it is done.

    Returns:
        what was copied, and what was odd.

    Raises:
        PryvTuiError: `unreadable`, `disk-full`, `step-failed` (can't be written), `set-damaged`
            (a file differs from `expected`, is not in it, or is missing), `refused` (destination
            inside source), `copy-process-died`. What was copied until then is left.
        Cancelled: `cancel` was set. What was copied until then is left.
    """
    meter = Meter(total, progress, where=f"{source} or of {destination}")
    with (
        telling_disk(destination),
        watched(meter, cancel, engine) as watch,
        TreeCopy(source, destination, selection, hooks, meter, watch, engine) as copy,
    ):
        if sums is not None:
            writer = SumsWriter(sums, prefix_of(destination, sums), append=append_sums)
            copy.results.sums = writer
            if index is not None:
                copy.results.index = IndexWriter(
                    index,
                    append=append_sums,
                    sums_offset=writer.offset,
                    started_ns=time.time_ns(),
                    settled_ns=engine.settled_ns,
                )
        if tree is not None:
            copy.results.tree = TreeWriter(tree, prefix_of(destination, tree))
        if parent is not None:
            copy.use_parent(parent, proof)
        copy.set_hard_links(names)
        if expected is not None:
            wanted = None if selection == WHOLE else copy.chooser.includes
            copy.results.expected = ExpectedSums(expected, prefix_of(source, expected), wanted)
            if only_listed:
                copy.results.strangers = []
            if listed is not None:
                copy.results.listed = ExpectedTree(*listed)
        if count:
            copy.count(source)
        return copy.run()
