"""What a run is asked to do: written by the process that starts the run, read by its worker."""

from __future__ import annotations

import os
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
    """Return the request in a run's folder, decoded as the type of its kind.

    Fields that the kind does not have are ignored: older requests have the fields of all kinds.

    Raises:
        OSError: the request can't be read.
        Undecodable: the file is not a request, or is of a kind that this program does not know.
    """
    place = f"{os.fspath(folder)}/{NAME}"
    return _DECODED.of(place, place)


def _decoded(place: str) -> Request:
    content = read_whole(place)
    name = decode_json(content, _OfKind).kind
    kind = known_kind(name)
    if kind is None:
        raise Undecodable(
            f"this version of the program knows no run of the kind {name!r}; a later one may"
        )
    return decode_json(content, kind)


_DECODED: Remembered[Request] = Remembered(_decoded)
"""Remembered, since each look at a run reads the requests of all runs several times."""


def read_request(folder: Path) -> Request | None:
    """Return the request in a run's folder; None if there is none or it can't be read. Then
    `history.request_of` returns what the journal tells instead."""
    return look_at_request(folder)[0]


def look_at_request(folder: Path) -> tuple[Request | None, str]:
    """Return the request in a run's folder, and the reason why it can't be read; the reason is
    empty if the request can be read or there is none."""
    try:
        return decode_request(folder), ""
    except (FileNotFoundError, NotADirectoryError):
        return None, ""
    except (OSError, Undecodable) as error:
        return None, f"{NAME} can't be read: {why(error)}"


NAMED = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([a-z-]+)-[0-9a-f]+")
"""The id of a run, an incident or a drill."""


def asked_by_name(name: str) -> str:
    """Return when a run was requested or an incident opened, RFC 3339, taken from its id; empty for
    a name that is not an id."""
    found = NAMED.fullmatch(name)
    return "{}-{}-{}T{}:{}:{}.000Z".format(*found.groups()[:6]) if found else ""


def kind_by_name(name: str) -> str:
    found = NAMED.fullmatch(name)
    return found[7] if found else "unknown"
