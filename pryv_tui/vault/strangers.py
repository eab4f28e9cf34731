"""What lies among a set's files and is in none of its lists: named, and never restored.

File servers, disks and desktops leave things of their own in every folder that they touch. Those
are told from what nobody expects there by their names, and by nothing else: neither is the set's.
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
"""The files in a set's own folder."""
LISTS = frozenset((TREE_NAME, SUMS_NAME, INDEX_NAME))
"""The files in the folder of a machine's part."""

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
    """Whether a stranger is what file servers and the like leave: it, or a folder above it."""
    return any(_KNOWN.fullmatch(part) for part in path.split(b"/"))


def beside(folder: Path, hosts: Iterable[str]) -> list[bytes]:
    """What lies in a set's own folder, or in that of a machine's part, beside the files of a set.

    A link or a folder under the name of one of those is no file of a set either; a file that one of
    our own writes has left when it was killed is known by its name, and none.

    Raises:
        OSError: a folder can't be read.
        ShortOfMeans, ShortOfRights: not now, or not by this user.
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
            continue  # what is missing is told by who needs it
        except OSError as error:
            need_word(error, place)
            raise
    return sorted(found)


def topmost(paths: Iterable[bytes]) -> list[bytes]:
    """Of strangers those that lie in no other: what a folder holds goes with it.

    First what nobody expects there, then what is known.
    """
    found: list[bytes] = []
    for path in sorted(paths, key=lambda path: path.split(b"/")):
        if not found or not path.startswith(found[-1] + b"/"):
            found.append(path)
    return sorted(found, key=is_known)
