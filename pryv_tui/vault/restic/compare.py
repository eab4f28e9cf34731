"""Compare what arrived in a repository with the folder that was sent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from pryv_tui.phrases import counted
from pryv_tui.reading import open_file
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.restic.protocol import Summary


def differences(restic: Restic, made: Summary, folder: Path, names: Iterable[str]) -> list[str]:
    """Return the differences between a snapshot and the folder that was sent, in words.

    Args:
        restic: the repository.
        made: restic's summary of the backup.
        folder: the folder that was sent.
        names: files to read back and compare.

    Raises:
        PryvTuiError: `repository`.
    """
    problems = []
    files, size = regular(folder)
    if (made.total_files_processed, made.total_bytes_processed) != (files, size):
        problems.append(
            f"{counted(made.total_files_processed, 'file')} and"
            f" {counted(made.total_bytes_processed, 'byte')} instead"
            f" of {files} and {size}"
        )
    for name in names:
        found = hashlib.sha256()
        restic.read(made.snapshot_id, f"/{name}", found.update)
        if found.digest() != _digest_of(folder / name):
            problems.append(f"{name} differs")
    return problems


def regular(folder: Path) -> tuple[int, int]:
    """Return number and bytes of regular files below a folder. Each hard link counts, as restic
    counts."""
    files = size = 0
    pending = [os.fsencode(folder)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_size
    return files, size


def _digest_of(path: Path) -> bytes:
    with open_file(path, follow=False) as file:
        return hashlib.file_digest(file, "sha256").digest()
