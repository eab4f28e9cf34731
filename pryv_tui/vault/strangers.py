"""Files and folders in a set that are in none of its lists: they are reported, never restored.

File servers, disks and desktops leave their own files in folders. Only their names tell them from
unexpected ones; neither belongs to the set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from pryv_tui.filesystem.durable import is_scratch
from pryv_tui.reading import need_word
from pryv_tui.vault.set_files import (
    CHECKS,
    FILES_NAME,
    GUIDE,
    INDEX_NAME,
    PINS,
    SEAL,
    SET_JSON,
    SUMS_NAME,
    TREE_NAME,
    VERIFIED,
)

OWN = frozenset((SET_JSON, GUIDE, SEAL, VERIFIED, CHECKS, PINS))
"""Names of the files in a set's own folder."""
LISTS = frozenset((TREE_NAME, SUMS_NAME, INDEX_NAME))
"""Names of the files in the folder of a machine's part."""

_KNOWN = re.compile(
    rb"""
      @eaDir | \#recycle | \#snapshot | @tmp | .*@SynoEAStream | .*@SynoResource   # Synology
    | \.@__thumb | @Recycle | \.@__qini | @Recently-Snapshot                       # QNAP
    | \.DS_Store | \._.+ | \.AppleDouble | \.AppleDB | \.AppleDesktop              # macOS, netatalk
    | \.Spotlight-V100 | \.Trashes | \.fseventsd | \.TemporaryItems
    | Thumbs\.db | ehthumbs\.db | desktop\.ini | \$RECYCLE\.BIN                    # Windows
    | System\ Volume\ Information | .+:[^/:]+ (?: :\$DATA )?                       # its streams
    | \.nfs[0-9a-f]+ | \.smbdelete[0-9A-Za-z]+ | \.fuse_hidden[0-9a-f]+            # open, removed
    | lost\+found | \.snapshots? | \.zfs | \.Trash-[0-9]+                          # file systems
    """,
    re.VERBOSE | re.DOTALL,
)


def is_known(path: bytes) -> bool:
    """Whether a stranger, or a folder above it, has a name that file servers or desktops use."""
    return any(_KNOWN.fullmatch(part) for part in path.split(b"/"))


def beside(folder: Path, hosts: Iterable[str]) -> list[bytes]:
    """Find strangers (entries that no backup wrote) in a set's folder and in its machines' parts.

    A link or folder with the name of a set's file is a stranger too. A scratch file left by a
    killed write of this program is recognised by its name, and is not a stranger.

    Raises:
        OSError: a folder can't be read.
        ShortOfMeans, ShortOfRights: a folder can't be read now, or not by this user.
    """
    parts = set(hosts)
    found = []
    for inner, names in [("", OWN), *((host, LISTS) for host in sorted(parts))]:
        lead = os.fsencode(inner) + b"/" if inner else b""
        place = folder / inner
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    is_file = entry.is_file(follow_symlinks=False)
                    is_folder = entry.is_dir(follow_symlinks=False)
                    known = (is_file and (entry.name in names or is_scratch(entry.name))) or (
                        is_folder and entry.name in (parts if not inner else (FILES_NAME,))
                    )
                    if not known:
                        found.append(lead + os.fsencode(entry.name))
        except FileNotFoundError:
            continue  # whoever needs the missing folder reports it
        except OSError as error:
            need_word(error, place)
            raise
    return sorted(found)


def topmost(paths: Iterable[bytes]) -> list[bytes]:
    """Drop strangers that are inside another stranger: they are removed with that folder.

    Unexpected strangers come first, then those with known names.
    """
    found: list[bytes] = []
    for path in sorted(paths, key=lambda path: path.split(b"/")):
        if not found or not path.startswith(found[-1] + b"/"):
            found.append(path)
    return sorted(found, key=is_known)
