"""One task of our engine in a process of its own, so that it is measured as the others are.

The copy's own wait for the disk is left out: `sync` is counted after every program alike. Each task
imports what it needs, as a command of the program does.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pryv_tui.vault.set_files import SUMS_NAME

if TYPE_CHECKING:
    from pryv_tui.vault.parallel.engine import CopyEngine

ABOUT = "about.json"
"""What `set.json` says of a part, and a check starts from."""


def copy(source: Path, target: Path, former: Path | None = None) -> None:
    """As a backup does it: counted, copied, hashed, and all its lists written."""
    from pryv_tui.platform.roles import LOG_GLOBS, SQLITE_GLOBS
    from pryv_tui.vault.copying.parent import Parent
    from pryv_tui.vault.copying.tree import copy_tree
    from pryv_tui.vault.files.types import Selection
    from pryv_tui.vault.lists.index import digest_of_list
    from pryv_tui.vault.set_files import INDEX_NAME, TREE_NAME

    parent = None
    if former is not None:
        # As `set.json` says them: they are compared when the lists are opened.
        index, sums = (digest_of_list(former / name) for name in (INDEX_NAME, SUMS_NAME))
        parent = Parent(set_id=former.name, folder=str(former), index=index, sums=sums)
    target.mkdir()
    copied = copy_tree(
        source,
        target / "files",
        selection=Selection(sqlite=SQLITE_GLOBS, may_change=LOG_GLOBS, no_snapshots=True),
        sums=target / SUMS_NAME,
        index=target / INDEX_NAME,
        tree=target / TREE_NAME,
        parent=parent,
        count=True,
        progress=lambda _: None,
        engine=_without_the_wait(),
    )
    about = {
        "index": digest_of_list(target / INDEX_NAME),
        "sums": digest_of_list(target / SUMS_NAME),
        "tree": copied.tree,
        "files": copied.files,
        "bytes": copied.bytes,
    }
    (target / ABOUT).write_text(json.dumps(about))


def restore(source: Path, target: Path) -> None:
    """As a restore does it: each hash compared."""
    from pryv_tui.vault.copying.tree import copy_tree
    from pryv_tui.vault.lists.index import names_with_others

    names = names_with_others(source, b"files/")
    copy_tree(
        source / "files",
        target,
        expected=source / SUMS_NAME,
        names=names,
        engine=_without_the_wait(),
    )


def verify(folder: Path) -> None:
    """Read everything, and compare, also all lists, and the folders and links."""
    from pryv_tui.vault.files.types import TreeCount
    from pryv_tui.vault.verify import verify_sums

    about = json.loads((folder / ABOUT).read_text())
    total = TreeCount(files=about.pop("files"), bytes=about.pop("bytes"), folders=0)
    if not verify_sums(folder, **about, total=total).sound:
        sys.exit("the copy is not sound")


def _without_the_wait() -> CopyEngine:
    from pryv_tui.vault.parallel.engine import CopyEngine

    return CopyEngine(sync=lambda fd, path: None)


def _digests(paths: list[bytes]) -> int:
    size = 0
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            size += os.fstat(file.fileno()).st_size
            hashlib.file_digest(file, "sha256")
    return size


def bare(folder: Path) -> None:
    """Hash all files, compare nothing."""
    from multiprocessing import Pool

    paths = [
        os.path.join(root, name)  # noqa: PTH118 (bytes)
        for root, _, names in os.walk(os.fsencode(folder))
        for name in names
        if os.path.isfile(os.path.join(root, name))  # noqa: PTH113, PTH118
    ]
    batches = [paths[at : at + 64] for at in range(0, len(paths), 64)]
    with Pool(len(os.sched_getaffinity(0))) as pool:
        for _ in pool.imap_unordered(_digests, batches):
            pass


def main() -> None:
    """Do what the arguments say."""
    gc.set_threshold(50_000, 20, 20)  # as the program does
    tasks = {"copy": copy, "restore": restore, "verify": verify, "hash": bare}
    tasks[sys.argv[1]](*map(Path, sys.argv[2:]))  # type: ignore[operator]


if __name__ == "__main__":
    main()
