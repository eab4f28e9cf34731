"""Remove account names, e-mail addresses and secrets from the texts of a record. Pure.

A record is kept for years and given to others. Each word of its texts is compared with those
account names of the set that could be read. Anything that looks like an address or a secret is
removed too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from pryv_tui.clock import moment_of
from pryv_tui.decoding import decode_json
from pryv_tui.drills.model import (
    NEXT_OF_A_SET,
    Action,
    Chain,
    Participant,
    Record,
    Review,
    Source,
    StepOnRecord,
)
from pryv_tui.operations.audit.owners import shown_name
from pryv_tui.platform.roles import ROLES
from pryv_tui.sanitize import one_line
from pryv_tui.secrets import hidden

ACCOUNT = "[an account]"
ADDRESS = "[an address]"
SECRET = "[a secret]"
ID = "[an id]"
UNCOMPARED = "[left out: it could not be compared with the names of the accounts]"
MARKS = (ACCOUNT, ADDRESS, SECRET, ID, UNCOMPARED)
"""The marks that are written in place of what was removed."""
_MARKED = re.compile("(" + "|".join(re.escape(mark) for mark in MARKS) + ")")

_EMAIL = re.compile(r"[^\s@<>\"',;:()\[\]]+@[^\s@<>\"',;:()\[\]]+\.[A-Za-z]{2,}")
_WORD = re.compile(r"[A-Za-z0-9-]+")
_TOLD_OF = (
    "after|at|before|changed|empty|for|given|gone|in|kept|known|lost|missing|needed|noise|on|refused"
    "|shown|stored|used|with|without|wrong|written"
)
"""Words that may follow "the password is" without being the secret itself."""
_SAID = re.compile(
    r"((?<![\w])(?:--?)?[\w.-]*(?:pass(?:word|wd|phrase)?|secret|token|api-?key|auth|credential)s?"
    r"(?:[\"']?\s*[=:]\s*|\s+(?:is|was)\s+(?!not\s+(?:where|here|there|in|known)\b)"
    rf"(?!(?:{_TOLD_OF})(?:[.,:;!?]*(?:\s|$)))|\s+(?=\S*\d)))"
    r"(?:bearer\s+|basic\s+)?[\"']?([^\s\"',;]+)",
    re.IGNORECASE,
)
"""A secret after its name: `password=…`, `token: …`, `the password is …`. It does not match "the
password is not where it should be" (a scenario's title), "is before" or "was shown to"."""
_LONG = re.compile(r"(?<!\w)[A-Za-z0-9_+-]{20,}={0,2}(?![\w-])")
"""A word long enough to be a key or a person's id."""
_CUID = re.compile(r"c[a-z0-9]{15,24}")
"""A Pryv.io id (cuid) of an account, an event or a file; it may be cut short."""
_STAMP = re.compile(r"\d{8}T\d{6}Z")
"""The time in the ids of runs, sets and drills."""
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}|[0-9a-f]{16}")

_OURS: frozenset[tuple[type, str]] = frozenset(
    [
        *((Record, name) for name in ("id", "simulated")),
        *((StepOnRecord, name) for name in ("run", "step")),
        *((Participant, name) for name in ("name", "role", "known_by")),
        *((Chain, name) for name in ("platform", "previous")),
        *((Review, name) for name in ("file", "signature", "rule")),
        (Source, "name"),
    ]
)
"""Fields that are not cleaned: ids and words of this program, and the names of who took part."""

T = TypeVar("T")


def lacks_some(text: str) -> bool:
    """Whether something was removed from a text, so that the text contains one of `MARKS`."""
    return any(mark in text for mark in MARKS)


class Names:
    """Account names to remove from texts."""

    def __init__(self, names: Iterable[str] = (), more: Container[str] = ()) -> None:
        """
        Args:
            more: further names, in lower case, as a container that can only be asked whether a word
                is in it (such as hashes).
        """
        # Texts have been sanitized before: look for each name in its displayed forms too.
        told = {
            form.lower()
            for name in names
            if name
            for form in (name, one_line(name), shown_name(name))
        }
        # Names of roles and services stay in texts, even if an account has such a name.
        own = {*ROLES, *(service for role in ROLES.values() for service in role.services)}
        self._own = frozenset(own)
        self._more = more
        self.single = frozenset(name for name in told - own if _WORD.fullmatch(name))
        self.odd = tuple(sorted(told - own - self.single, key=len, reverse=True))
        """Names that are not one word of letters, digits and hyphens; longest first."""

    def without(self, text: str) -> tuple[str, int]:
        """Return the text without these names, and the number of names removed."""
        many = 0

        def of_word(found: re.Match[str]) -> str:
            nonlocal many
            made, taken = self._of_word(found[0])
            many += taken
            return made

        for name in self.odd:
            text, taken = re.subn(re.escape(name), ACCOUNT, text, flags=re.IGNORECASE)
            many += taken
        return (_WORD.sub(of_word, text) if self.single or self._more else text), many

    def _of_word(self, word: str) -> tuple[str, int]:
        """Return the word without the names in it, and the number of names removed. A name may
        contain hyphens, and may be one of several parts joined by hyphens."""
        if self._is_one(word):
            return ACCOUNT, 1
        parts = word.split("-")
        for size in range(len(parts) - 1, 0, -1):
            for first in range(len(parts) - size + 1):
                if self._is_one("-".join(parts[first : first + size])):
                    before, after = parts[:first], parts[first + size :]
                    left, many = self._of_word("-".join(before)) if before else ("", 0)
                    right, more = self._of_word("-".join(after)) if after else ("", 0)
                    made = "-".join(filter(None, [left, ACCOUNT, right]))
                    return made, 1 + many + more
        return word, 0

    def _is_one(self, word: str) -> bool:
        lower = word.lower()
        return lower in self.single or (lower not in self._own and lower in self._more)


def clean_text(text: str, names: Names) -> tuple[str, int]:
    """Return the text, on one line, without names, addresses and secrets, and the number of
    removals."""
    told = one_line("; ".join(line for line in text.split("\n") if line.strip()))
    if told in ("", NEXT_OF_A_SET) or moment_of(told) is not None or _DIGEST.fullmatch(told):
        return told, 0
    many = 0
    parts = []
    for part in _MARKED.split(told):
        # A mark from an earlier cleaning stays and counts: a text is cleaned when it is written to
        # the journal, and again for the record.
        clean, taken = (part, 1) if part in MARKS else _clean_part(part, names)
        parts.append(clean)
        many += taken
    return "".join(parts), many


def in_lines(text: str, names: Names) -> str:
    """Return the text without names, addresses and secrets; line breaks stay."""
    lines = ((line, clean_text(line, names)[0]) for line in text.split("\n"))
    # A line from which nothing is removed stays exactly as it was written.
    return "\n".join(clean if lacks_some(clean) else line for line, clean in lines)


def _clean_part(told: str, names: Names) -> tuple[str, int]:
    shown = hidden(told)
    many = int(shown != told)
    shown, taken = _EMAIL.subn(ADDRESS, shown)
    many += taken
    shown, taken = _SAID.subn(lambda found: found[1] + SECRET, shown)
    many += taken
    before = shown.count(SECRET) + shown.count(ID)
    shown = _LONG.sub(_of_long, shown)
    many += shown.count(SECRET) + shown.count(ID) - before
    shown, taken = names.without(shown)
    return shown, many + taken


def _of_long(found: re.Match[str]) -> str:
    if _in_a_path(found):
        # A part of a path is no secret, but folders of attached files have people's ids as names.
        return ID if _CUID.fullmatch(found[0]) else found[0]
    parts = re.split("[-_+=]", _STAMP.sub("", found[0]))
    return SECRET if any(map(_random, parts)) and not _DIGEST.fullmatch(found[0]) else found[0]


def _in_a_path(found: re.Match[str]) -> bool:
    """Whether a word is part of a file path. A part of a URL is not: it may be a key."""
    before = found.string[: found.start()].rsplit(maxsplit=1)[-1:] or [""]
    word = before[0] if not found.string[found.start() - 1 : found.start()].isspace() else ""
    beside = word.endswith("/") or found.string[found.end() : found.end() + 1] == "/"
    return beside and "://" not in word and "?" not in word


def _random(part: str) -> bool:
    """Whether a word looks random, as a generated key does."""
    digit = any(c.isdigit() for c in part)
    cased = any(c.isupper() for c in part) and any(c.islower() for c in part)
    letter = any(c.isalpha() for c in part)
    long, longest = len(part) >= 16, len(part) >= 32
    return (
        (long and digit and letter) or (len(part) >= 8 and digit and cased) or (longest and cased)
    )


def cleaned(record: Record, names: Names, *, enough: bool, why: str = "") -> Record:
    """Return the record without account names, addresses and secrets.

    Args:
        enough: whether account names could be read, or no set was restored. If False, all texts
            that people typed are left out.
        why: why some account names could not be read; empty if all were.
    """
    if not enough:
        record = _without_label(record)
    made, many = _walk(record, names)
    if not enough:
        notes = tuple(msgspec.structs.replace(one, text=UNCOMPARED) for one in made.observations)
        actions = withheld(made.actions, ours_in(record))
        made = msgspec.structs.replace(made, observations=notes, actions=actions)
    privacy = msgspec.structs.replace(made.privacy, names_compared=not why, left_out=many, why=why)
    return msgspec.structs.replace(made, privacy=privacy)


def ours_in(record: Record) -> frozenset[str]:
    """Return the texts that stay in typed fields even if account names can't be read: the empty
    text, our default retest, the scenario's name, and the names of participants."""
    played = [record.scenario.name] if record.scenario is not None else []
    people = [one.name for one in record.participants]
    return frozenset(["", NEXT_OF_A_SET, *played, *people])


def withheld(actions: Iterable[Action], ours: Collection[str]) -> tuple[Action, ...]:
    """Return findings without the texts that people typed, except for the texts in `ours`."""
    return tuple(
        msgspec.structs.replace(
            one,
            **{
                name: UNCOMPARED
                for name in ("text", "owner", "retest", "closed_text")
                if getattr(one, name) not in ours
            },
        )
        for one in actions
    )


def _without_label(record: Record) -> Record:
    """Return the record with its set ids cut to their time: the label after the time was typed by
    an operator."""
    tree = msgspec.json.encode(record)
    for name in (record.set.id, record.set.newest_when_asked):
        stamp = _STAMP.match(name)
        if stamp is not None:
            tree = tree.replace(name.encode(), stamp[0].encode())
    return decode_json(tree, Record)


def _walk(value: T, names: Names) -> tuple[T, int]:
    told: Any = value
    if isinstance(told, str):
        found: Any = clean_text(told, names)
        return found  # type: ignore[no-any-return]
    if isinstance(told, msgspec.Struct):
        changed, many = {}, 0
        kept = _kept(type(told))
        for field in told.__struct_fields__:
            if field not in kept:
                changed[field], taken = _walk(getattr(told, field), names)
                many += taken
        made: Any = msgspec.structs.replace(told, **changed)
        return made, many
    if isinstance(told, tuple | list):
        walked = [_walk(item, names) for item in told]
        listed: Any = type(told)(item for item, _ in walked)
        return listed, sum(taken for _, taken in walked)
    if isinstance(told, dict):
        pairs = [(_walk(key, names), _walk(item, names)) for key, item in told.items()]
        tree: Any = {key: item for (key, _), (item, _) in pairs}
        return tree, sum(one + two for (_, one), (_, two) in pairs)
    return value, 0


@cache
def _kept(kind: type) -> frozenset[str]:
    """Return the fields of a type that are not cleaned, since this program chose their values."""
    hints = get_type_hints(kind)
    words = {name for name, hint in hints.items() if _of_words(hint)}
    return frozenset(words | {name for owner, name in _OURS if owner is kind})


def _of_words(hint: Any) -> bool:
    return get_origin(hint) is Literal or any(_of_words(one) for one in get_args(hint))


def all_names(*sources: Collection[str]) -> set[str]:
    """Return the names of all sources in one set."""
    return {name for source in sources for name in source}
