"""The names of backup sets: UTC time to the second, and a label. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from pryv_tui.errors import PryvTuiError
from pryv_tui.phrases import counted
from pryv_tui.vault.manifest import unspeakable

PARTIAL = ".partial"
REMOVING = ".removing"
"""Ends the name of what was a set, while it is being removed: it is none any more."""
TIME = "%Y%m%dT%H%M%SZ"

ID = re.compile(r"\d{8}T\d{6}Z(?:-[A-Za-z0-9._-]+)?")
_LABEL = re.compile(r"[^A-Za-z0-9._-]+")
_PLAIN = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ł": "l", "Ł": "L", "þ": "th", "Þ": "TH", "ı": "i",
}  # fmt: skip
"""Letters that Unicode does not take apart."""
_LONGEST = 200
LONGEST_LABEL = 200


def is_set_id(name: str) -> bool:
    """Whether a set may have this name; what comes from elsewhere is used as a folder's."""
    whole = ID.fullmatch(name) is not None and len(name) <= _LONGEST
    return whole and not name.endswith((PARTIAL, REMOVING))


def as_label(label: str) -> str:
    """A label as it is kept and shown: as it was given, its letters composed (NFC), so that what
    looks the same is the same whichever keyboard it was typed on."""
    return unicodedata.normalize("NFC", label).strip()


def label_slug(label: str) -> str:
    """A label as it stands in a set's name: the letters that every file system, archive and shell
    takes. A letter with a mark is written without it; what has no such letter (another script, a
    picture) is left out, and read in `set.json` alone."""
    parts = unicodedata.normalize("NFKD", "".join(_PLAIN.get(c, c) for c in as_label(label)))
    plain = "".join(c for c in parts if not unicodedata.combining(c))
    slug = _LABEL.sub("-", plain).strip("-.")[:40].rstrip("-.")
    while slug.endswith((PARTIAL, REMOVING)):
        slug = slug.removesuffix(PARTIAL).removesuffix(REMOVING)
    return slug


def named_otherwise(set_id: str, label: str) -> bool:
    """Whether a set's name does not tell its label as it is: it has to be told beside it."""
    return bool(label) and not set_id.endswith(f"-{label}")


def check_label(label: str) -> None:
    """See that a set with this label can be told apart and read again.

    Raises:
        PryvTuiError: `usage`.
    """
    if unspeakable(label):
        raise PryvTuiError(
            "usage",
            f"the label {label!r} holds control characters, or bytes that are no text",
            "Write it in one line of letters, digits, blanks and marks.",
        )
    if len(label) > LONGEST_LABEL:
        raise PryvTuiError(
            "usage", f"the label has {counted(len(label), 'letter')}; it may have {LONGEST_LABEL}"
        )


def a_second_later(base: str) -> str | None:
    """A name's time and a second; None where that is no time any more."""
    try:
        return (datetime.strptime(base, TIME) + timedelta(seconds=1)).strftime(TIME)
    except (ValueError, OverflowError):
        return None
