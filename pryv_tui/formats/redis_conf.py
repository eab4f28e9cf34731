"""Redis' configuration: which files a server loads at its next start, and where it listens.

The file has one directive per line, with quotes as in a shell. If a name occurs several times, the
last directive counts; `user` and `rename-command` add up. Command-line arguments are directives
after `--`, and come last (https://redis.io/docs/management/config).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

Kind = Literal["aof", "rdb"]

SNAPSHOT = "dump.rdb"
APPEND_NAME = "appendonly.aof"
APPEND_FOLDER = "appendonlydir"
FOLDER_SINCE = 7
"""First release of Redis whose append-only file is a folder of files."""
DEPTH = 8
MOST_FILES = 64
"""Most files read through `include`."""
MOST_LETTERS = 1 << 20
"""Most characters of all files; the file shipped with Redis, mostly comments, has 100,000."""
LONGEST_LINE = 1 << 14


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The file with a server's data: the one it writes now, or loads at its next start."""

    kind: Kind
    folder: str
    """The data folder (`dir`), as the server sees it."""
    snapshot: str = SNAPSHOT
    append: str = APPEND_NAME
    append_folder: str = APPEND_FOLDER
    """Folder below `folder`; empty before Redis 7.0, which has a single file."""

    @property
    def name(self) -> str:
        """The name of the data file, for people; relative to the data folder."""
        if self.kind == "rdb":
            return self.snapshot
        return f"{self.append_folder}/{self.append}.*" if self.append_folder else self.append

    @property
    def truth(self) -> tuple[str, ...]:
        """The fields that decide which files are meant: equal for two forms with the same files."""
        if self.kind == "rdb":
            return (self.kind, self.folder, self.snapshot)
        return (self.kind, self.folder, self.append, self.append_folder)


class Conf(msgspec.Struct, frozen=True, kw_only=True):
    """The directives from a configuration file and from command-line arguments."""

    values: dict[str, tuple[str, ...]] = {}
    renamed: dict[str, str] = {}
    """New names of renamed commands; an empty name disables the command."""
    users: tuple[tuple[str, str], ...] = ()
    """Names and passwords of enabled users whose password is in clear text."""
    whole: bool = False
    """Whether all files and arguments were read: only then a missing directive has Redis'
    default."""

    def first(self, name: str) -> str:
        """The first argument of a directive; empty if the directive is missing."""
        words = self.values.get(name, ())
        return words[0] if words else ""

    def command(self, name: str) -> str:
        """The name of a command on this server; empty if the command is disabled."""
        return self.renamed.get(name.upper(), name)

    @property
    def passwords(self) -> list[tuple[str, str]]:
        """Users and their passwords, the most likely first; the name of the default user is
        empty."""
        found = [("", self.first("requirepass"))] if self.first("requirepass") else []
        plain = [("" if name == "default" else name, word) for name, word in self.users]
        return [*found, *(pair for pair in plain if pair not in found)]

    @property
    def doors(self) -> list[tuple[str, ...]]:
        """Addresses on which the server listens, as options of `redis-cli`; without the default
        one."""
        port, socket = self.first("port"), self.first("unixsocket")
        here = [word.removeprefix("-") for word in self.values.get("bind", ())]
        found: list[tuple[str, ...]] = []
        if port not in ("", "0", "6379"):
            found.append(("-p", port))
        if port != "0" and here and not {"127.0.0.1", "0.0.0.0", "*"} & set(here):
            found.append(("-h", here[0], "-p", port or "6379"))
        if socket:
            found.append(("-s", socket))
        return found


def read_conf(
    text: str, arguments: Sequence[str] = (), include: Callable[[str], str] = lambda _name: ""
) -> Conf:
    """Read a configuration file and the command-line arguments that add to it.

    Args:
        include: returns the text of an included file; empty if it can't be read.
    """
    lines = _Reader(include).lines(text)
    lines += [words for words in _options(arguments) if words]
    values: dict[str, tuple[str, ...]] = {}
    renamed: dict[str, str] = {}
    users: list[tuple[str, str]] = []
    for name, *words in lines:
        name = name.lower()
        if name == "rename-command" and len(words) == 2:
            renamed[words[0].upper()] = words[1]
        elif name == "user" and words:
            on = "on" in [word.lower() for word in words]
            users += [(words[0], word[1:]) for word in words[1:] if on and word.startswith(">")]
        else:
            values[name] = tuple(words)
    return Conf(values=values, renamed=renamed, users=tuple(users))


class _Reader:
    """Reads a file and its includes, within limits.

    Without limits, a file could include itself dozens of times, eight levels deep.
    """

    def __init__(self, include: Callable[[str], str]) -> None:
        self._include = include
        self._files = MOST_FILES
        self._letters = MOST_LETTERS

    def lines(self, text: str, depth: int = 0) -> list[list[str]]:
        found: list[list[str]] = []
        self._letters -= len(text)
        if self._letters < 0:
            return found
        for line in text.splitlines():
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            words = _words(line)
            if words and words[0].lower() == "include" and depth < DEPTH:
                for name in words[1:]:
                    self._files -= 1
                    if self._files < 0:
                        break
                    found += self.lines(self._include(name), depth + 1)
            elif words:
                found.append(words)
        return found


def _words(line: str) -> list[str]:
    # `shlex` is quadratic in a word's length: it copies the word for each character.
    if len(line) <= LONGEST_LINE:
        try:
            return shlex.split(line)
        except ValueError:
            pass
    return line.split()


def _options(arguments: Sequence[str]) -> list[list[str]]:
    """Turn the arguments of `redis-server FILE --name value value …` into directives."""
    found: list[list[str]] = []
    for word in arguments:
        if word.startswith("--") and len(word) > 2:
            # Shells and compose files may quote a whole directive as one argument: `--save 900 1`.
            found.append(shlex.split(word[2:]) if " " in word else [word[2:]])
        elif found:
            found[-1].append(word)
    return found


def starts_from(conf: Conf, now: Form) -> Form:
    """The files that a server with this configuration loads at its next start.

    Args:
        now: the files that it writes now. They stand in for missing directives if the configuration
            was not read completely; otherwise Redis' defaults do.
    """
    only = conf.first("appendonly").lower()
    unsaid = Form(kind="rdb", folder=now.folder) if conf.whole else now
    return Form(
        kind="aof" if only == "yes" else "rdb" if only == "no" else unsaid.kind,
        folder=_folder(conf.first("dir"), now.folder),
        snapshot=conf.first("dbfilename") or unsaid.snapshot,
        append=conf.first("appendfilename") or unsaid.append,
        append_folder=(conf.first("appenddirname") or unsaid.append_folder)
        if now.append_folder
        else "",
    )


def _folder(told: str, now: str) -> str:
    """The data folder. A relative `dir` depends on an unknown working folder: then it is `now`."""
    return told.rstrip("/") or "/" if told.startswith("/") else now


_TITLE = re.compile(r"redis-server (?:unixsocket:(?P<socket>\S+)|(?P<host>\S*):(?P<port>\d+))")


def doors_of(processes: Sequence[str]) -> list[tuple[str, ...]]:
    """Addresses on which running servers listen, as options of `redis-cli`; not the default port.

    Found in the titles of processes (server.c, `redisSetProcTitle`).
    """
    found: list[tuple[str, ...]] = []
    for line in processes:
        title = _TITLE.search(line)
        if title is None:
            continue
        if title["socket"]:
            found.append(("-s", title["socket"]))
        elif title["port"] not in ("0", "6379"):
            found.append(("-p", title["port"]))
    return found
