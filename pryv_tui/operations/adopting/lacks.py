"""Report what a copy made by hand should contain and does not. The rest is adopted all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pryv_tui.operations.adopting.folder import FoundPart
from pryv_tui.platform.release import facts_of
from pryv_tui.platform.roles import ACCOUNTS_FILES, ACCOUNTS_FOLDER


def lacks(part: FoundPart) -> Iterator[str]:
    """Yield a sentence for each missing thing, with its path in the copy."""
    copy = Path(part.copy)
    folders = {folder.path for folder in part.layout.folders if folder.kind == "travels"}
    folders |= {ACCOUNTS_FOLDER} if "core" in part.roles else set()
    ways = {way for path in folders for way in (Path(path), *Path(path).parents)}
    for way in sorted(ways):
        if (copy / way).is_symlink():
            yield f"{copy / way} is a symbolic link: what it leads to was not copied with it"
    facts = facts_of(part.release)
    index = copy / ACCOUNTS_FOLDER / ACCOUNTS_FILES[0]
    if "core" in part.roles and facts and facts.accounts_in_sqlite and not index.is_file():
        yield (
            f"there is no {index}, where release {part.release} keeps who may log in, and with"
            " which password; no dump holds that"
        )
