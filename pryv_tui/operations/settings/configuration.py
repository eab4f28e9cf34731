"""Read the configuration file. Each fault is reported with its line.

In TOML a key belongs to the table above it: a `vault` after the first `[[host]]` would belong to
that host and have no effect. So an unknown key is an error, and is never ignored.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from pryv_tui.decoding import Undecodable, decode_toml
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.ages import duration
from pryv_tui.operations.settings.shrinking import AS_USUAL, COUNTED, Limits
from pryv_tui.ownership import distrust_file
from pryv_tui.reading import LINE, read_whole

OF_THE_FILE = ("domain", "vault", "work", "state", "theme", "scenarios", "drill_key")
OF_A_HOST = ("name", "docker", "root")
SUSPICIOUS = "suspicious_below"
EVERY = "backup_every"
DURATIONS = {
    EVERY: "how often a backup is expected",
    "drill_every": "how often a drill is expected",
    "drill_wait": "how long a drill that a timer starts waits at most until there is room",
    "rto": "how soon the platform has to be back after a loss",
    "rpo": "how much time of what users wrote may be lost",
    "verified_within": "how long a full check of a set is valid for a restore",
}
NUMBERS = {
    "mongorestore_workers": ("how many collections mongorestore fills at a time", 1, 64),
    "drill_load": (
        "the load, in percent of the processors, below which a drill begins",
        1,
        100_000,
    ),
    "drill_stalled": (
        "how many percent of the last minute tasks may have waited for memory or disk when a drill"
        " begins",
        1,
        100,
    ),
}
"""By key: its meaning in words, its minimum and its maximum."""
OF_ALL = (*OF_THE_FILE, SUSPICIOUS, *DURATIONS, *NUMBERS)
"""The keys of the whole file, as opposed to those of a host."""
HOST = "host"
_NOT_AT_ALL = {
    "drill_wait": " To start a drill that does not wait, use --wait 0; without this line it waits"
    " for 30 minutes."
}
"""By key: a hint for a person who wanted to write a duration of zero."""
DRILL_WAIT = 1800.0
"""Default of `drill_wait`, in seconds."""

At = tuple[str | int, ...]
"""A place in the file: `("vault",)`, or `("host", 1, "root")` in the second `[[host]]`."""


class HostTable(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[host]]` table."""

    name: str
    docker: str | None = None
    root: str | None = None


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the file. A missing key is None (`limits`: the default)."""

    path: str = ""
    domain: str | None = None
    vault: str | None = None
    work: str | None = None
    state: str | None = None
    theme: str | None = None
    scenarios: str | None = None
    """The folder of the site's own scenarios."""
    drill_key: str | None = None
    """The file with the key that signs unattended drills."""
    limits: Limits = AS_USUAL
    backup_every: float | None = None
    """Seconds within which a backup is expected."""
    drill_every: float | None = None
    drill_wait: float | None = None
    rto: float | None = None
    rpo: float | None = None
    verified_within: float | None = None
    mongorestore_workers: int | None = None
    drill_load: int | None = None
    drill_stalled: int | None = None
    hosts: tuple[HostTable, ...] = ()
    lines: dict[At, int] = {}

    def named(self, *at: str | int) -> str:
        """Name a key with its file and line, for a message."""
        return f"`{at[-1]}` in {self.path}, line {self.lines.get(at, 0)}"


NONE = Config()


def read_config(path: Path) -> Config:
    """Read the configuration file.

    Raises:
        PryvTuiError: `config`, with the file, the line and what is wrong there.
    """
    try:
        content = read_whole(path, limit=LINE)
        text = content.decode("utf-8")
        tree = decode_toml(content)
    except OSError as error:
        raise PryvTuiError("config", f"{path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PryvTuiError("config", f"{path}, line {line}: this line is not UTF-8") from error
    except Undecodable as error:
        raise PryvTuiError("config", f"{path}: {error}") from error
    return _Reader(path, text, tree).read()


def refuse_open_config(path: Path, environment: Mapping[str, str]) -> None:
    """Check that nobody else can have written the configuration file.

    It decides which engine is used, and which folders are backed up, written and moved aside.

    Args:
        environment: shows which user became root by sudo; that user is trusted like root.

    Raises:
        PryvTuiError: `not-private`, another user can have written it.
    """
    found = distrust_file(path, environment)
    if found is None:
        return
    remedy = "Read it, then copy it to where only you, or root, can write: --config"
    if found.closes:
        remedy = (
            f"Read it and see that it is what you want (cat {shlex.quote(str(path))}); then keep"
            f" others out: {found.closes}"
        )
    raise PryvTuiError(
        "not-private",
        f"the configuration {path} is not used: {found.why}, and this program does what it says",
        remedy,
    )


class _Reader:
    def __init__(self, path: Path, text: str, tree: dict[str, Any]) -> None:
        self._path = path
        self._text = text
        self._tree = tree
        self._lines: dict[At, int] = {}

    def read(self) -> Config:
        for key in self._tree:
            if key not in (*OF_ALL, HOST):
                self._unknown_of_file(key)
        told: dict[str, Any] = {key: self._duration(key) for key in DURATIONS}
        told |= {key: self._text_of(self._tree, key) for key in OF_THE_FILE if key in self._tree}
        told |= {key: self._number(key) for key in NUMBERS if key in self._tree}
        return Config(
            path=str(self._path),
            hosts=self._hosts(),
            limits=self._limits(),
            lines=self._lines,
            **told,
        )

    def _hosts(self) -> tuple[HostTable, ...]:
        tables = self._tree.get(HOST, [])
        if isinstance(tables, dict):
            self._wrong((HOST,), "a host is declared by [[host]], with double brackets")
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            self._wrong((HOST,), "a host is declared by [[host]] and its keys below it")
        return tuple(self._host(number, table) for number, table in enumerate(tables))

    def _host(self, number: int, table: Mapping[str, Any]) -> HostTable:
        for key in table:
            if key in OF_ALL:
                self._wrong(
                    (HOST, number, key),
                    f"`{key}` is below [[host]], so TOML takes it as part of that host; it"
                    " belongs to the whole file",
                    "Move it above the first [[host]].",
                )
            if key not in OF_A_HOST:
                self._wrong(
                    (HOST, number, key),
                    f"a host has no key `{key}`{_like(key, OF_A_HOST)}",
                    f"A host's keys: {', '.join(OF_A_HOST)}.",
                )
        if "name" not in table:
            self._wrong((HOST, number), "this [[host]] has no `name`", "Give it one.")
        return HostTable(**{key: self._text_of(table, key, HOST, number) for key in table})

    def _limits(self) -> Limits:
        found = self._tree.get(SUSPICIOUS)
        if found is None:
            return AS_USUAL
        if not isinstance(found, dict):
            return Limits(share=self._percent(found, SUSPICIOUS) / 100)
        for key in found:
            if key not in COUNTED:
                self._wrong(
                    (SUSPICIOUS, key),
                    f"`{key}` is not one of the things that are counted{_like(key, COUNTED)}",
                    f"These are: {', '.join(COUNTED)}.",
                )
        return Limits(of={key: self._percent(found[key], SUSPICIOUS, key) / 100 for key in found})

    def _duration(self, key: str) -> float | None:
        if key not in self._tree:
            return None
        found = duration(self._text_of(self._tree, key))
        if not found:
            self._wrong(
                (key,),
                f"`{key}` has to say {DURATIONS[key]}, not {self._tree[key]!r}",
                'Write it like "24h", "90m", "7d".' + _NOT_AT_ALL.get(key, ""),
            )
        return float(found)

    def _number(self, key: str) -> int:
        value, (what, least, most) = self._tree[key], NUMBERS[key]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._wrong(
                (key,),
                f"`{key}` ({what}) has to be a whole number from {least} to {most}, and not"
                f" {value!r}",
            )
        return value

    def _percent(self, value: object, *at: str | int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
            self._wrong(at, f"`{at[-1]}` has to be a percentage, 0 to 100, and not {value!r}")
        return value

    def _text_of(self, table: Mapping[str, Any], key: str, *above: str | int) -> str:
        value, at = table[key], (*above, key)
        if not isinstance(value, str):
            self._wrong(at, f"`{key}` has to be a text in quotes, and not {value!r}")
        if not value.strip():
            self._wrong(at, f"`{key}` is empty", "Give it a value, or omit the line.")
        self._lines[at] = self._line(at)
        return value

    def _unknown_of_file(self, key: str) -> NoReturn:
        if key in OF_A_HOST:
            self._wrong(
                (key,),
                f"`{key}` belongs to a host, but is above every [[host]]",
                "Write it below the [[host]] that it belongs to.",
            )
        known = (*OF_ALL, HOST)
        self._wrong(
            (key,),
            f"there is no key `{key}` here{_like(key, known)}",
            f"The keys are: {', '.join(known)}.",
        )

    def _wrong(self, at: At, what: str, remedy: str = "Correct that line.") -> NoReturn:
        raise PryvTuiError("config", f"{self._path}, line {self._line(at)}: {what}", remedy)

    def _line(self, at: At) -> int:
        return line_of(self._text, lambda tree: holds(tree, at))


def line_of(text: str, there: Callable[[dict[str, Any]], bool]) -> int:
    """Return the number of the line on which something begins; 0 if it is nowhere.

    Ever longer beginnings of the file are read as TOML. The result is the first line with content
    after the longest beginning that does not have the thing yet.

    Args:
        there: returns whether a tree has the thing.
    """
    lines, without = text.split("\n"), 0
    for end in range(1, len(lines) + 1):
        try:
            tree = decode_toml(("\n".join(lines[:end]).removesuffix("\r") + "\n").encode())
        except Undecodable:
            continue  # in the middle of a text or a list of several lines
        if there(tree):
            for number in range(without, end):
                if lines[number].strip() and not lines[number].lstrip().startswith("#"):
                    return number + 1
        without = end
    return 0


def holds(tree: Any, at: At) -> bool:
    """Whether a tree read from TOML has a value at a place."""
    for step in at:
        if isinstance(step, int):
            if not isinstance(tree, list) or len(tree) <= step:
                return False
        elif not isinstance(tree, dict) or step not in tree:
            return False
        tree = tree[step]
    return True


def _like(key: str, known: tuple[str, ...]) -> str:
    import difflib

    close = difflib.get_close_matches(key, known, 1)
    return f" (`{close[0]}`?)" if close else ""
