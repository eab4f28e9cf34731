"""Copy a tree, into a backup set or back from one.

There is one walk and one pass: each file is read once, hashed and written, and its line goes into
`SHA256SUMS`. One thread walks (`walk`). If there is more than a little to copy, and more than one
core, workers copy: the C library copies plain parts in pieces (`pieces`), Python copies the rest,
file by file (`dispatch`, `parallel/pool.py`).

Names are bytes. Each folder and file is opened relative to its folder and never through a symbolic
link. So no link put there in the meantime can lead outside the tree, and paths may exceed the
system's limit. In memory are only: the names of the folders on the way down, files with hard links
still to come, and what `ExpectedSums` keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pryv_tui.clock import now_ns
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
"""Selects the whole tree."""


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
    """Copy a tree with all metadata of its files.

    Kept: owners, modes, times in nanoseconds, symbolic links as they are, hard links within the
    tree, holes, extended attributes, ACLs, fifos. Sockets and devices are noted. When this returns,
    the copy is on the disk.

    Args:
        source: the folder whose content is copied; it may be a symbolic link itself.
        destination: created if missing. Existing content must not have the names of what is copied,
            except for folders: they get the source's owner, mode and times.
        selection: the part to copy.
        sums: file that lists each copied file; it is in a folder above `destination`.
        append_sums: append to an existing `sums` instead of starting a new one.
        index: list of each file's state at its source, beside `sums`, line for line.
        tree: list of the folders, links and fifos, beside `sums`; only for a single walk.
        parent: an earlier copy of this tree, whose unchanged files are hard-linked.
        proof: the least proof that a file is unchanged; the parent may require more.
        names: files of `source` with several names in it, if link counts don't tell.
        expected: a sums file of `source`; each file is compared with it while it is copied.
        only_listed: files that are in no list are removed from the copy and reported, instead of
            being an error; needs `expected`.
        listed: the list of `source`'s folders and links, and that list's SHA-256, to compare with.
            Without `listed` only files are compared.
        total: the result of `count_tree`, as progress totals.
        count: find progress totals: the parent's totals, or else by counting, in parallel if
            workers copy.
        hooks: a practice platform's faults; if given, everything is done in this thread.
        progress: called a few times a second, and once at the end.
        cancel: ends the copy between two files or two chunks of one.
        engine: settings of the copy.

    Returns:
        The totals of what was copied, and notes on what was unusual.

    Raises:
        PryvTuiError: `unreadable`, `disk-full`, `step-failed` (can't be written), `set-damaged` (a
            file differs from `expected`, is not in it, or is missing), `refused` (destination
            inside source), `copy-process-died`. What was copied so far stays.
        Cancelled: `cancel` was set. What was copied so far stays.
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
                    started_ns=now_ns(),
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
