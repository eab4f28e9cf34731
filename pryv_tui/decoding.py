"""Reading JSON and other trees into types, also by several threads at once.

msgspec learns what a type is made of when it is first used, in Python (annotations are text), and
keeps no other thread out: one that uses the type meanwhile finds it half-learnt, and the process
ends by SIGSEGV (msgspec 0.22 on Python 3.11; `tests/test_decoding.py`). Here each type is learnt
once, under a lock; ruff allows msgspec's own functions in this module alone (`pyproject.toml`).
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")

_LEARNING = threading.Lock()
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
"""Of each type that was learnt."""


@overload
def decode_json(content: bytes | str, kind: type[T]) -> T: ...


@overload
def decode_json(content: bytes | str, kind: Any) -> Any: ...


def decode_json(content: bytes | str, kind: Any) -> Any:
    """Read JSON into a type.

    Raises:
        msgspec.MsgspecError: it is none, or not of that type.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        with _LEARNING:
            decoder = _DECODERS.setdefault(kind, msgspec.json.Decoder(kind))
    return decoder.decode(content)


def convert(tree: object, kind: type[T]) -> T:
    """Read a tree of plain values, as a TOML file is one, into a type.

    Raises:
        msgspec.ValidationError: it is not of that type.
    """
    with _LEARNING:
        return msgspec.convert(tree, kind)
