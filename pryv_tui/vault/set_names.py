"""The names of backup sets: UTC time to the second, and a label. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

from pryv_tui.clock import moment_in_name, stamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.phrases import counted
from pryv_tui.vault.manifest import unspeakable

PARTIAL = ".partial"
REMOVING = ".removing"
"""Suffix of a former set that is being removed: with it, the folder is no longer a set."""

ID = re.compile(r"\d{8}T\d{6}Z(?:-[A-Za-z0-9._-]+)?")
_LABEL = re.compile(r"[^A-Za-z0-9._-]+")
_PLAIN = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ł": "l", "Ł": "L", "þ": "th", "Þ": "TH", "ı": "i",
}  # fmt: skip
"""Letters that Unicode does not decompose."""
_LONGEST = 200
LONGEST_LABEL = 200


def is_set_id(name: str) -> bool:
    """Whether this is a valid id of a set. Names from other machines become names of folders, so
    they are checked."""
    whole = ID.fullmatch(name) is not None and len(name) <= _LONGEST
    return whole and not name.endswith((PARTIAL, REMOVING))


def as_label(label: str) -> str:
    """Return a label as it is stored and shown: as given, with its letters composed (NFC). So
    labels that look equal are equal, whatever keyboard they were typed on."""
    return unicodedata.normalize("NFC", label).strip()


def label_slug(label: str) -> str:
    """Return a label as part of a set's name, in letters that file systems and shells accept.

    Accents are dropped. Characters without such a letter (other scripts, pictures) are left out;
    `set.json` has them."""
    parts = unicodedata.normalize("NFKD", "".join(_PLAIN.get(c, c) for c in as_label(label)))
    plain = "".join(c for c in parts if not unicodedata.combining(c))
    slug = _LABEL.sub("-", plain).strip("-.")[:40].rstrip("-.")
    while slug.endswith((PARTIAL, REMOVING)):
        slug = slug.removesuffix(PARTIAL).removesuffix(REMOVING)
    return slug


def named_otherwise(set_id: str, label: str) -> bool:
    """Whether a set's name does not contain its exact label, so that it must be shown
    separately."""
    return bool(label) and not set_id.endswith(f"-{label}")


def check_label(label: str) -> None:
    """Refuse a label that is too long, or with which `set.json` could not be read.

    Raises:
        PryvTuiError: `usage`.
    """
    if unspeakable(label):
        raise PryvTuiError(
            "usage",
            f"the label {label!r} holds control characters, or bytes that are not text",
            "Write it in one line of letters, digits, spaces and punctuation.",
        )
    if len(label) > LONGEST_LABEL:
        raise PryvTuiError(
            "usage",
            f"the label has {counted(len(label), 'letter')}; at most {LONGEST_LABEL} are allowed",
        )


def a_second_later(base: str) -> str | None:
    """Return the time in a name plus one second; None if that is not a valid time."""
    moment = moment_in_name(base)
    try:
        return stamp(moment + timedelta(seconds=1)) if moment is not None else None
    except OverflowError:
        return None
