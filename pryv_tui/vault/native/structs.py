"""The structures of `subtrees.c`, as Python fills and reads them."""

from __future__ import annotations

import ctypes

from pryv_tui.vault.files.pieces import FORMERS

BUFFERS = ("sums", "index", "tree", "told")


class Order(ctypes.Structure):
    _fields_ = [
        *[(name, ctypes.c_int64) for name in ("work", "part", "parts", "source", "target")],
        *[(name, ctypes.c_int64 * FORMERS) for name in ("former", "read_former", "read_source")],
        *[
            (name, ctypes.c_int64)
            for name in (
                "links_tell",
                "linkable",
                "settled_ns",
                "calm_ns",
                "largest",
                "most_bytes",
                "most_entries",
                "device",
                "inode",
                "prefix",
            )
        ],
        ("snapshots", ctypes.c_char_p),
        ("stop", ctypes.c_void_p),
    ]


class Lists(ctypes.Structure):
    _fields_ = [
        *[(name, ctypes.c_void_p) for name in BUFFERS],
        *[(f"{name}_room", ctypes.c_int64) for name in BUFFERS],
        *[(f"{name}_used", ctypes.c_int64) for name in BUFFERS],
        *[
            (name, ctypes.c_int64)
            for name in (
                "begun",
                "entries",
                "folders",
                "files",
                "bytes",
                "linked_files",
                "linked_bytes",
                "read",
            )
        ],
    ]
