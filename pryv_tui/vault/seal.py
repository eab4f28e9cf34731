"""The seal of a set: hashes of its `set.json` and guide. Also the check of both files after
writing."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.reading import need_word, read_whole
from pryv_tui.sanitize import one_line
from pryv_tui.vault.lists.sums import parse_line, sums_line
from pryv_tui.vault.manifest import SetManifest, as_read, decode
from pryv_tui.vault.set_files import GUIDE, SEAL, SET_JSON


def seal(folder: Path) -> None:
    """Write the hashes of a set's `set.json` and guide."""
    lines = [
        sums_line(hashlib.sha256(read_whole(folder / name, follow=False)).digest(), name.encode())
        for name in (SET_JSON, GUIDE)
    ]
    write_durably(folder / SEAL, b"".join(lines))


def broken_seal(folder: Path, *, sealed: bool) -> list[str]:
    """Return how a set's `set.json` and guide differ from their hashes, in words.

    Args:
        folder: the set's folder.
        sealed: a seal is required; otherwise it may be missing, as in old sets.

    Raises:
        ShortOfMeans, ShortOfRights: the files can't be read now, or not by this user.
    """
    try:
        content = read_whole(folder / SEAL, follow=False)
    except FileNotFoundError:
        return [f"{SEAL} is missing"] if sealed else []
    except OSError as error:
        need_word(error, folder / SEAL)
        return [f"{SEAL} can't be read: {error.strerror}"]
    try:
        wanted = dict(parse_line(line) for line in content.splitlines())
    except ValueError:
        return [f"{SEAL} is not a list of hashes"]
    problems = []
    for name in (SET_JSON, GUIDE):
        try:
            found = hashlib.sha256(read_whole(folder / name, follow=False)).digest()
        except OSError as error:
            need_word(error, folder / name)
            problems.append(f"{name} can't be read: {error.strerror}")
            continue
        if wanted.get(name.encode()) != found:
            problems.append(f"{name} differs from its hash in {SEAL}")
    return problems


def read_back(partial: Path, manifest: SetManifest) -> None:
    """Check that a set in the making has an intact seal, and a `set.json` that reads as written.

    Raises:
        PryvTuiError: `check-failed`.
    """
    path = partial / SET_JSON
    try:
        found = decode(read_whole(path, follow=False))
    except ValueError as error:
        raise PryvTuiError(
            "check-failed", f"{path} can't be read back: {one_line(str(error))}; {partial} is kept"
        ) from error
    if found != as_read(manifest):
        raise PryvTuiError(
            "check-failed", f"{path} does not contain what was written; {partial} is kept"
        )
    problems = broken_seal(partial, sealed=manifest.sealed)
    if problems:
        raise PryvTuiError("check-failed", f"{partial}: {'; '.join(problems)}; it is kept")
