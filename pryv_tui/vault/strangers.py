"""What lies among a set's files and is in none of its lists: named, and never restored.

File servers, disks and desktops leave things of their own in every folder that they touch. Those
are told from what nobody expects there by their names, and by nothing else: neither is the set's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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


def topmost(paths: Iterable[bytes]) -> list[bytes]:
    """Of strangers those that lie in no other: what a folder holds goes with it.

    First what nobody expects there, then what is known.
    """
    found: list[bytes] = []
    for path in sorted(paths, key=lambda path: path.split(b"/")):
        if not found or not path.startswith(found[-1] + b"/"):
            found.append(path)
    return sorted(found, key=is_known)
