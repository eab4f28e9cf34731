"""Decode JSON and TOML, and turn plain values into types. Safe for any bytes and in any thread.

For any bytes, the result is a value or `Undecodable`. msgspec alone would also raise
`UnicodeDecodeError` for a byte that is not UTF-8 inside a string, and `RecursionError` for
thousands of brackets.

msgspec analyses a type when it is first used. That runs Python code, since our annotations are text
that has to be evaluated, and msgspec takes no lock for it. If another thread uses the type at that
moment, the type is half-analysed, and the process ends by SIGSEGV (msgspec 0.22 on Python 3.11;
`tests/test_decoding.py`). Here each type is analysed once, under a lock. ruff allows msgspec's own
functions only in this module (`pyproject.toml`).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection
from typing import Any, TypeVar, overload

import msgspec

from pryv_tui.reading import SMALL, Place, read_whole

T = TypeVar("T")


class Undecodable(msgspec.ValidationError, ValueError):
    """The error for bytes that are not JSON, or not of the wanted type. It is also one of msgspec's
    errors."""


_LEARNING = threading.Lock()
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
"""The decoders of the types that were already analysed."""


_ALL_DIGITS_0 = bytes(ord("0") if byte in b"0123456789" else ord(" ") for byte in range(256))
_LONG_NUMBER = b"0" * 19


def _need_64_bits(tree: object) -> None:
    """Refuse a number beyond 64 bits. No size, count or time is that large, and code that computes
    with it or displays it would fail with another error.

    Raises:
        Undecodable: there is such a number.
    """
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, int) and not -(1 << 63) <= node < 1 << 63:
            raise Undecodable("it holds a number beyond 64 bits")
        if isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


@overload
def decode_json(content: bytes | str, kind: type[T]) -> T: ...


@overload
def decode_json(content: bytes | str, kind: Any) -> Any: ...


def decode_json(content: bytes | str, kind: Any) -> Any:
    """Decode JSON into a type.

    Raises:
        Undecodable: the content is not JSON, or not of that type.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        with _LEARNING:
            decoder = _DECODERS.setdefault(kind, msgspec.json.Decoder(kind))
    try:
        raw = content if isinstance(content, bytes) else content.encode()
        # Checks every byte that is read, in a sixth of the time of a regular expression.
        if _LONG_NUMBER in raw.translate(_ALL_DIGITS_0):
            _need_64_bits(msgspec.json.decode(content))
        return decoder.decode(content)
    except msgspec.MsgspecError as error:
        raise Undecodable(plain(str(error))) from error
    except UnicodeError as error:
        raise Undecodable(f"it holds what is no text: {error}") from error
    except RecursionError as error:
        raise Undecodable("it is nested too deeply") from error
    except (ValueError, OverflowError) as error:
        raise Undecodable(str(error)) from error


class _Tagged(msgspec.Struct):
    event: str


def is_damaged_event(line: bytes, known: Collection[str]) -> bool:
    """Whether a line of a journal that could not be decoded is damaged: it is not an event, or an
    event of a known kind with wrong content.

    Args:
        known: the kinds of this journal's events that this program knows.
    """
    try:
        return decode_json(line, _Tagged).event in known
    except Undecodable:
        return True


def convert(tree: object, kind: type[T]) -> T:
    """Convert a tree of plain values, for example from a TOML file, into a type.

    Raises:
        Undecodable: the tree is not of that type.
    """
    try:
        with _LEARNING:
            return msgspec.convert(tree, kind)
    except msgspec.MsgspecError as error:
        raise Undecodable(plain(str(error))) from error
    except RecursionError as error:
        raise Undecodable("it is nested too deeply") from error


def decode_toml(content: bytes) -> dict[str, Any]:
    """Decode a TOML file.

    Raises:
        Undecodable: the content is not TOML; the message has the line.
    """
    # Loaded here: usually there is no configuration file.
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8"))
    except RecursionError as error:
        raise Undecodable("it is nested too deeply") from error
    except (ValueError, OverflowError) as error:
        raise Undecodable(str(error)) from error


def decode_loose_json(content: bytes | str) -> Any:
    """Decode JSON as MongoDB's tools write it, with numbers such as `NaN`.

    Raises:
        Undecodable: the content is not JSON, or contains what is not text.
    """
    try:
        text = content if isinstance(content, str) else content.decode()
        tree = json.loads(text)
        if "\\u" in text:  # Half of a surrogate pair can be written like this.
            json.dumps(tree, ensure_ascii=False).encode()
        return tree
    except RecursionError as error:
        raise Undecodable("it is nested too deeply") from error
    except ValueError as error:
        raise Undecodable(str(error)) from error


def read_json(place: Place, kind: type[T], *, follow: bool = False, limit: int = SMALL) -> T:
    """Return the content of one of our JSON files, decoded into a type.

    Args:
        limit: the largest size accepted, in bytes.

    Raises:
        OSError: the file can't be read, or is not a regular file (`reading.open_regular`).
        Undecodable: the content is something else, or is cut off.
    """
    return decode_json(read_whole(place, follow=follow, limit=limit), kind)


def why(error: OSError | ValueError) -> str:
    """Return what is wrong with a file that `read_json` could not read, in words for one line."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)


# Decoder errors contain internal types and paths (`Expected `int`, got `str` - at
# `$.gap.seconds``). A person who looks for the damage needs to know what is wrong, and where.

_AT = re.compile(r" - at `(\$[^`]*)`$")
_KINDS = {
    "int": "a number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def plain(text: str) -> str:
    """Return a decoder's error as the end of a sentence about the file; an unknown error is
    returned unchanged."""
    at = _AT.search(text)
    said = text[: at.start()] if at is not None else text
    path = at[1].removeprefix("$").lstrip(".") if at is not None else ""
    it = f"`{path}`" if path and path != "[...]" else "it"
    if re.fullmatch(r"Input data was truncated.*", said):
        return "it is cut short (truncated)"
    if found := re.fullmatch(r"JSON is malformed: .* \(byte (\d+)\)", said):
        return f"it is no JSON from byte {found[1]} on"
    if found := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", said):
        wanted = " or ".join(_kind(one) for one in found[1].split(" | "))
        return f"{it} is {_kind(found[2])}, where {wanted} has to be"
    if found := re.fullmatch(r"Object missing required field `([^`]*)`", said):
        return f"`{found[1]}` is missing" + (f" in {it}" if it != "it" else "")
    if found := re.fullmatch(r"Invalid (?:enum )?value (.*)", said):
        return f"{it} can't be {found[1]}"
    if found := re.fullmatch(r"Expected `([^`]*)` matching regex .*", said):
        return f"{it} is written otherwise than it has to be"
    if found := re.fullmatch(r"Expected `([^`]*)` (.*)", said):
        return f"{it} is out of its range: {found[2]}"
    return f"{it}: {said[0].lower()}{said[1:]}" if said and it != "it" else said


def _kind(name: str) -> str:
    return _KINDS.get(name, name)
