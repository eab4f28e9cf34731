"""What must not stand in a record: names of accounts, addresses of people, secrets. Pure.

A record is kept for years and handed to others. Each of its texts is compared, word by word, with
the names of the accounts that the set holds, as far as those could be read; what looks like an
address or a secret is taken out wherever it stands.
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
"""What stands in the place of what was taken out."""
_MARKED = re.compile("(" + "|".join(re.escape(mark) for mark in MARKS) + ")")

_EMAIL = re.compile(r"[^\s@<>\"',;:()\[\]]+@[^\s@<>\"',;:()\[\]]+\.[A-Za-z]{2,}")
_WORD = re.compile(r"[A-Za-z0-9-]+")
_TOLD_OF = (
    "after|at|before|changed|empty|for|given|gone|in|kept|known|lost|missing|needed|noise|on|refused"
    "|shown|stored|used|with|without|wrong|written"
)
"""Words that say where or what a secret is, and are none."""
_SAID = re.compile(
    r"((?<![\w])(?:--?)?[\w.-]*(?:pass(?:word|wd|phrase)?|secret|token|api-?key|auth|credential)s?"
    r"(?:[\"']?\s*[=:]\s*|\s+(?:is|was)\s+(?!not\s+(?:where|here|there|in|known)\b)"
    rf"(?!(?:{_TOLD_OF})(?:[.,:;!?]*(?:\s|$)))|\s+(?=\S*\d)))"
    r"(?:bearer\s+|basic\s+)?[\"']?([^\s\"',;]+)",
    re.IGNORECASE,
)
"""A secret that is called one: `password=…`, `token: …`, `the password is …`; none is in "the
password is not where it should be", a scenario's title, nor in "is before", "was shown to"."""
_LONG = re.compile(r"(?<!\w)[A-Za-z0-9_+-]{20,}={0,2}(?![\w-])")
"""A word so long that it may be a key, or an id of somebody."""
_CUID = re.compile(r"c[a-z0-9]{15,24}")
"""An id of Pryv's, of an account, an event or a file (cuid): whole, or cut."""
_STAMP = re.compile(r"\d{8}T\d{6}Z")
"""In the ids of runs, sets and drills."""
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
"""What this program itself has named, and who took part: a record has to say that."""

T = TypeVar("T")


def lacks_some(text: str) -> bool:
    """Whether something was taken out of a text of a record."""
    return any(mark in text for mark in MARKS)


class Names:
    """The names of accounts that texts are compared with."""

    def __init__(self, names: Iterable[str] = (), more: Container[str] = ()) -> None:
        """
        Args:
            more: words that are names too, in small letters, of which it is only known whether one
                is among them.
        """
        # Texts have been made harmless before: a name stands in them as it is shown.
        told = {
            form.lower()
            for name in names
            if name
            for form in (name, one_line(name), shown_name(name))
        }
        # These words stand for what a platform is made of, whoever has taken them as a name.
        own = {*ROLES, *(service for role in ROLES.values() for service in role.services)}
        self._own = frozenset(own)
        self._more = more
        self.single = frozenset(name for name in told - own if _WORD.fullmatch(name))
        self.odd = tuple(sorted(told - own - self.single, key=len, reverse=True))
        """What is more than one word."""

    def without(self, text: str) -> tuple[str, int]:
        """A text without these names, and how many were taken out."""
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
        """A word without the names in it: a name may hold hyphens, and stand between others."""
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
    """A text on one line, without names, addresses and secrets, and how many were taken out."""
    told = one_line("; ".join(line for line in text.split("\n") if line.strip()))
    if told in ("", NEXT_OF_A_SET) or moment_of(told) is not None or _DIGEST.fullmatch(told):
        return told, 0
    many = 0
    parts = []
    for part in _MARKED.split(told):
        # What was taken out before stays so, and counts: a text is cleaned when it is written, and
        # again when it goes on record.
        clean, taken = (part, 1) if part in MARKS else _clean_part(part, names)
        parts.append(clean)
        many += taken
    return "".join(parts), many


def in_lines(text: str, names: Names) -> str:
    """A text without names, addresses and secrets, in the lines that it has."""
    lines = ((line, clean_text(line, names)[0]) for line in text.split("\n"))
    # What has nothing to be taken out stays as it was written.
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
        # No secret lies there: but the folders of people's files are called by their ids.
        return ID if _CUID.fullmatch(found[0]) else found[0]
    parts = re.split("[-_+=]", _STAMP.sub("", found[0]))
    return SECRET if any(map(_random, parts)) and not _DIGEST.fullmatch(found[0]) else found[0]


def _in_a_path(found: re.Match[str]) -> bool:
    """Whether a word is a part of the path of a file: not of an address of the web, which may hold
    a key."""
    before = found.string[: found.start()].rsplit(maxsplit=1)[-1:] or [""]
    word = before[0] if not found.string[found.start() - 1 : found.start()].isspace() else ""
    beside = word.endswith("/") or found.string[found.end() : found.end() + 1] == "/"
    return beside and "://" not in word and "?" not in word


def _random(part: str) -> bool:
    """Whether a word looks as if nobody had made it up to be read."""
    digit = any(c.isdigit() for c in part)
    cased = any(c.isupper() for c in part) and any(c.islower() for c in part)
    letter = any(c.isalpha() for c in part)
    long, longest = len(part) >= 16, len(part) >= 32
    return (
        (long and digit and letter) or (len(part) >= 8 and digit and cased) or (longest and cased)
    )


def cleaned(record: Record, names: Names, *, enough: bool, why: str = "") -> Record:
    """A record without what must not stand in it.

    Args:
        enough: the set told names of its accounts, or there is none; else what people wrote is left
            out.
        why: not all names could be told; empty where they were.
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
    """Words that somebody may have typed, and that are no others than this program's: who took
    part, and how a drill is called."""
    played = [record.scenario.name] if record.scenario is not None else []
    people = [one.name for one in record.participants]
    return frozenset(["", NEXT_OF_A_SET, *played, *people])


def withheld(actions: Iterable[Action], ours: Collection[str]) -> tuple[Action, ...]:
    """Findings without what people wrote of them, since it can't be compared with names."""
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
    """A record in which the name of its set tells when it was made, and not how somebody called
    it."""
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
    """The fields of a type that are words of ours."""
    hints = get_type_hints(kind)
    words = {name for name, hint in hints.items() if _of_words(hint)}
    return frozenset(words | {name for owner, name in _OURS if owner is kind})


def _of_words(hint: Any) -> bool:
    return get_origin(hint) is Literal or any(_of_words(one) for one in get_args(hint))


def all_names(*sources: Collection[str]) -> set[str]:
    """Names of several sources together."""
    return {name for source in sources for name in source}
