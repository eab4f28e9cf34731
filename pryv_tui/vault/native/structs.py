"""The structures of `subtrees.c`, which Python fills and reads."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable

from pryv_tui.vault.files.pieces import FORMERS

BUFFERS = ("sums", "index", "tree", "told")


def _each(names: Iterable[str], kind: type = ctypes.c_int64) -> list[tuple[str, type]]:
    return [(name, kind) for name in names]


class Order(ctypes.Structure):
    _fields_ = [
        *_each(("work", "part", "parts", "source", "target")),
        *_each(("former", "read_former", "read_source"), ctypes.c_int64 * FORMERS),
        *_each(("links_tell", "linkable", "settled_ns", "calm_ns", "largest")),
        *_each(("most_bytes", "most_entries", "device", "inode", "prefix")),
        ("snapshots", ctypes.c_char_p),
        ("stop", ctypes.c_void_p),
    ]


class Lists(ctypes.Structure):
    _fields_ = [
        *_each(BUFFERS, ctypes.c_void_p),
        *_each(f"{name}_{what}" for what in ("room", "used") for name in BUFFERS),
        *_each(("begun", "entries", "folders", "files", "bytes")),
        *_each(("linked_files", "linked_bytes", "read")),
    ]
