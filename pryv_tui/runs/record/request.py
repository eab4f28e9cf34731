"""What a run is asked to do: written by its starter, read by its worker."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from pryv_tui.decoding import Undecodable, decode_json, why
from pryv_tui.operations.kind import Request, known_kind
from pryv_tui.reading import Remembered, read_whole

NAME = "request.json"


class _OfKind(msgspec.Struct):
    kind: str


def decode_request(folder: Path) -> Request:
    """What the run of a folder was asked to do, as its kind has it.

    Whatever a request of that kind has no field for is passed over: those that were written before
    a kind had fields of its own have all of them.

    Raises:
        OSError: it can't be read.
        Undecodable: it is none, or of a kind that this program does not know.
    """
    return _DECODED.of(folder, folder / NAME)


def _decoded(folder: Path) -> Request:
    content = read_whole(folder / NAME)
    name = decode_json(content, _OfKind).kind
    kind = known_kind(name)
    if kind is None:
        raise Undecodable(f"this program knows no run of the kind {name!r}; a later one may")
    return decode_json(content, kind)


_DECODED: Remembered[Request] = Remembered(_decoded)
"""Each look at a run goes through the requests of all runs, several times."""


def read_request(folder: Path) -> Request | None:
    """What the run of a folder was asked to do, or None where that is not there or can't be read:
    `history.request_of` tells then what its journal knows of it."""
    return look_at_request(folder)[0]


def look_at_request(folder: Path) -> tuple[Request | None, str]:
    """The same, and why what is there can't be read; empty where nothing is."""
    try:
        return decode_request(folder), ""
    except (FileNotFoundError, NotADirectoryError):
        return None, ""
    except (OSError, Undecodable) as error:
        return None, f"{NAME} can't be read: {why(error)}"


NAMED = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([a-z-]+)-[0-9a-f]+")


def asked_by_name(name: str) -> str:
    """When a run was asked for, by its id; empty for a name that is none."""
    found = NAMED.fullmatch(name)
    return "{}-{}-{}T{}:{}:{}.000Z".format(*found.groups()[:6]) if found else ""


def kind_by_name(name: str) -> str:
    found = NAMED.fullmatch(name)
    return found[7] if found else "unknown"
