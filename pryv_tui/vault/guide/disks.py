"""The part of `RESTORE.md` on disks below the root, and on moving content aside by hand."""

from __future__ import annotations

import shlex

from pryv_tui import own_folder
from pryv_tui.clock import STAMP
from pryv_tui.platform.disks import LOST_AND_FOUND, below
from pryv_tui.vault.manifest import SetHost

_ASIDE = f"{own_folder.NAME}/{own_folder.ASIDE}/$RUN"
MOVE_ASIDE = (
    f'RUN="by-hand-$(date -u +{STAMP})"',
    # mountinfo writes a space as \\040: printf decodes it.
    "MOUNTS=$(printf '%b' \"$(cut -d' ' -f5 /proc/self/mountinfo | sed 's/\\\\/\\\\0/')\")",
    'leads_to_a_disk() { printf "%s\\n" "$MOUNTS" | grep -qF "$(readlink -f "$1")/"; }',
    "move_aside() {  # $1: a folder, $2: where its content goes",
    '  (umask 077; mkdir -p "$2")',
    '  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do',
    '    case "${entry##*/}" in ' + own_folder.NAME + ") continue ;; esac",
    '    if mountpoint -q "$1" && [ "${entry##*/}" = ' + LOST_AND_FOUND + " ]; then continue; fi",
    '    if [ ! -e "$entry" ] && [ ! -L "$entry" ]; then continue; fi',
    '    if mountpoint -q "$entry"; then move_aside "$entry" "$entry/' + _ASIDE + '"',
    '    elif [ -d "$entry" ] && leads_to_a_disk "$entry"; then',
    '      move_aside "$entry" "$2/${entry##*/}"',
    '    else mv -t "$2" "$entry"; fi',
    "  done",
    "}",
    'move_aside "$ROOT" "$ROOT/' + _ASIDE + '"',
)
"""Shell lines that move a root's whole content aside. Disks below the root stay mounted, and their
content is moved within each disk."""


def disks_known(host: SetHost) -> list[str]:
    """Return lines on the disks that were mounted below the root when the set was made; none if
    there were none."""
    paths = below(host.mounts)
    if not paths:
        return []
    return [
        "   These folders were separate disks when the set was made:",
        "",
        *[f"   - `{disk.path}`: {disk.what}" for disk in host.mounts if disk.path in paths],
        "",
        "   Mount each of these disks before you restore anything. Otherwise its content would go",
        "   onto the root's disk, and be hidden once the disk is mounted. This must print nothing:",
        "",
        "```sh",
        *[
            f'mountpoint -q "$ROOT"/{shlex.quote(path)} || echo "not mounted:" {shlex.quote(path)}'
            for path in paths
        ],
        "```",
        "",
    ]
