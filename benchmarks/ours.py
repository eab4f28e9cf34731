"""One task of our engine in a process of its own, so that it is measured as the others are.

The copy's own wait for the disk is left out: `sync` is counted after every program alike.
"""

from __future__ import annotations

import hashlib
import os
import sys
from multiprocessing import Pool
from pathlib import Path

from pryv_tui.vault import copy as copying
from pryv_tui.vault.verify import verify_sums


def copy(source: Path, target: Path) -> None:
    """As a backup does it: counted, copied, hashed and listed."""
    target.mkdir()
    total = copying.count_tree(source, copying.WHOLE)
    copying.copy_tree(source, target / "files", sums=target / "SHA256SUMS", total=total)


def restore(source: Path, target: Path) -> None:
    """As a restore does it: each hash compared."""
    copying.copy_tree(source / "files", target, expected=source / "SHA256SUMS")


def verify(folder: Path) -> None:
    """Read everything, and compare."""
    if not verify_sums(folder).sound:
        sys.exit("the copy is not sound")


def _digests(paths: list[bytes]) -> int:
    size = 0
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            size += os.fstat(file.fileno()).st_size
            hashlib.file_digest(file, "sha256")
    return size


def bare(folder: Path) -> None:
    """Hash all files, compare nothing."""
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
    setattr(copying, "settle", lambda fd, path: None)  # noqa: B010 (not exported)
    tasks = {"copy": copy, "restore": restore, "verify": verify, "hash": bare}
    tasks[sys.argv[1]](*map(Path, sys.argv[2:]))  # type: ignore[operator]


if __name__ == "__main__":
    main()
