"""Connect to a running Redis and ask it about itself.

`redis-cli` exits 0 whatever the server answers, even `NOAUTH`, so the text of an answer is judged.
A password is passed in the environment (`REDISCLI_AUTH`, since 4.0.10), never as an argument, which
every user of the machine could read.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_conf import (
    APPEND_FOLDER,
    APPEND_NAME,
    FOLDER_SINCE,
    SNAPSHOT,
    Conf,
    Form,
    doors_of,
    starts_from,
)
from pryv_tui.formats.redis_files import USERS
from pryv_tui.hosts.engine import Container, Engine
from pryv_tui.operations.stores.near import asks_redis
from pryv_tui.operations.stores.redis_keys import user_keys
from pryv_tui.operations.stores.redis_places import CONTAINER, conf_of
from pryv_tui.operations.stores.redis_words import (
    PASSWORD,
    RedisRefusal,
    not_let_in,
    password_refused,
    unknown_command,
)
from pryv_tui.phrases import cut
from pryv_tui.platform.services import OWN_ACCOUNT

CONF_INSIDE = "/app/conf/redis.conf"
"""The path of the configuration file in Pryv.io's image. A server that answers tells its path."""
_GUESSES = (PASSWORD, "REDIS_PASSWORD", "REDIS_PASS")
_REFUSALS = ("NOAUTH", "WRONGPASS", "NOPERM", "ERR ", "(error)", "LOADING", "MISCONF", "MASTERDOWN")


_OF_FORM = "[ad]*"
"""A pattern that matches the settings `dir`, `dbfilename`, `appendfilename` and `appenddirname`,
and no setting with a password. One question asks for all four: every release takes a pattern, and
several names only since 7.0 (https://redis.io/docs/latest/commands/config-get/)."""


class Said(NamedTuple):
    """The result of a program: its exit code and output."""

    code: int
    lines: list[str]
    """The lines of its standard output."""
    complaint: str
    """The last line of its standard error."""


Ask = Callable[[Sequence[str], Mapping[str, str]], Said]


class RedisServer:
    """A connection to a Redis server.

    Args:
        ask: runs a program in the server's container.
        options: the options of `redis-cli` that name the server's address and the user.
        password: empty: the server wants none.
        conf: the configuration with which the server starts, as far as it can be read.
    """

    def __init__(self, ask: Ask, options: Sequence[str], password: str, conf: Conf) -> None:
        self._ask = ask
        self.options = list(options)
        self.password = password
        self.conf = conf
        self.container = CONTAINER
        self.told: dict[str, str] = {}
        """The server's answer to `INFO` at the start. For values that change later, call `info`."""

    @property
    def environment(self) -> dict[str, str]:
        return {PASSWORD: self.password} if self.password else {}

    def argv(self, *words: str) -> list[str]:
        return ["redis-cli", *self.options, *words]

    def lines(self, *words: str) -> list[str]:
        """Send a command; return the lines of the answer, including blank ones.

        Raises:
            PryvTuiError: `step-failed`, the server refuses, or can't be reached.
        """
        return self.judged(self._ask(self.argv(*words), self.environment), words)

    def judged(self, said: Said, words: Sequence[str]) -> list[str]:
        """Return the lines of the answer to the command `words`.

        Raises:
            PryvTuiError: `step-failed`, the answer is a refusal.
        """
        told = next((line for line in said.lines if line.strip()), "")
        # A key's name may begin like a refusal.
        refused = told.startswith(_REFUSALS) and not told.endswith(USERS.decode())
        if said.code != 0 or refused:
            words_of_it = told if refused else said.complaint or told
            refusal = RedisRefusal(
                "step-failed",
                cut(
                    f"redis-cli {' '.join(words)} failed (exit {said.code}):"
                    f" {words_of_it or 'no words'}",
                    400,
                ),
                self._may_not(told if refused else said.complaint, words),
            )
            refusal.said = words_of_it
            raise refusal
        return said.lines

    def _may_not(self, told: str, words: Sequence[str]) -> str | None:
        """Return the remedy for missing access rights (ACLs, since 6.0); None: it is not that."""
        # The refusal of a scan is printed on standard error: `SCAN error: NOPERM …`.
        if "NOPERM" not in told.split()[:3]:
            return None
        user = self.options[self.options.index("--user") + 1] if "--user" in self.options else ""
        may = f"+{words[0].lstrip('-').lower()}"
        let = ["redis-cli", "ACL", "SETUSER", user or "default", "~*", may]
        return (
            "Allow that user to do it, as an administrator of Redis:"
            f" {shlex.join(['docker', 'exec', self.container, *let])}; and write the same into"
            " redis.conf in the root, for its next start."
        )

    def asked_to(self, command: str) -> list[str] | None:
        """Send a command by its name on this server (`rename-command` in redis.conf may change it).

        Returns:
            the lines of the answer; None: the command is switched off.

        Raises:
            PryvTuiError: see `lines`.
        """
        name = self.conf.command(command)
        if not name:
            return None
        try:
            return self.lines(name)
        except RedisRefusal as error:
            # The command may be switched off in a configuration that can't be read from here.
            if unknown_command(error):
                return None
            raise

    def info(self, section: str = "") -> dict[str, str]:
        """Ask for `INFO`, or one section of it; return its fields by name."""
        return _facts(self.lines("INFO", *([section] if section else [])))

    @property
    def loading(self) -> bool:
        """Whether the server was still loading its files when it was connected to."""
        return self.told.get("loading") == "1"

    def release(self) -> int:
        """The major version of the server's release; 0 if the server tells none."""
        told = self.told.get("redis_version", "").partition(".")[0]
        return int(told) if told.isdigit() else 0

    def settings(self, pattern: str) -> dict[str, str]:
        """The settings whose names match a pattern, by `CONFIG GET`; empty if not allowed."""
        command = self.conf.command("CONFIG")
        if not command:
            return {}
        try:
            lines = self.lines(command, "GET", pattern)
        except PryvTuiError as error:
            if error.name != "step-failed":
                raise
            return {}
        words = [line.rstrip("\r") for line in lines]
        return dict(zip(words[::2], words[1::2], strict=False))

    def setting(self, name: str) -> str | None:
        """The value of one setting; None if the server has no such setting, or does not tell it."""
        return self.settings(name).get(name)

    @contextmanager
    def lent(self, settings: Mapping[str, str]) -> Iterator[bool]:
        """Change settings for the duration of a `with` block; yield whether all could be set."""
        before: dict[str, str] = {}
        try:
            for name, value in settings.items():
                former = self.setting(name)
                if former is None:
                    break
                before[name] = former
                self.lines(self.conf.command("CONFIG"), "SET", name, value)
            taken = len(before) == len(settings)
        except PryvTuiError as error:
            if error.name != "step-failed":
                raise
            taken = False
        try:
            yield taken
        finally:
            for name, value in reversed(before.items()):
                # The server may refuse a former value now, such as a folder that is gone.
                with suppress(PryvTuiError):
                    self.lines(self.conf.command("CONFIG"), "SET", name, value)

    def form(self) -> Form:
        """Return the file that the server writes its data to now: a snapshot or an append-only one.

        If `CONFIG` is not allowed, the file's name comes from the configuration file, or is the
        default. `INFO` always tells whether the append-only file is switched on.
        """
        release = self.told.get("redis_version", "0").partition(".")[0]
        folders = int(release) >= FOLDER_SINCE if release.isdigit() else False
        usual = starts_from(
            self.conf,
            Form(
                kind="rdb",
                folder="",
                snapshot=SNAPSHOT,
                append=APPEND_NAME,
                append_folder=APPEND_FOLDER if folders else "",
            ),
        )
        settings = self.settings(_OF_FORM)
        return Form(
            kind="aof" if self.told.get("aof_enabled", "0") == "1" else "rdb",
            folder=settings.get("dir") or usual.folder,
            snapshot=settings.get("dbfilename") or usual.snapshot,
            append=settings.get("appendfilename") or usual.append,
            append_folder=(settings.get("appenddirname") or usual.append_folder) if folders else "",
        )

    def next_form(self, now: Form) -> Form:
        """Return the form from which the server will load its data at its next start."""
        return starts_from(self.conf, now)

    def users(self) -> set[str]:
        """The keys of register's users; see `user_keys`."""
        return user_keys(self.lines)


def _facts(lines: Sequence[str]) -> dict[str, str]:
    """The fields of an answer to `INFO`, by name."""
    return dict(
        line.strip().partition(":")[::2] for line in lines if ":" in line and line[0] != "#"
    )


def _lives(told: str) -> bool:
    """Whether this is a real answer to `INFO`, so that the server accepts this client.

    A server that is loading its files, or has lost its master, answers `INFO` too.
    """
    return told.startswith("# ")


def own_among(users: set[str]) -> bool:
    """Whether register's own account is among these keys."""
    return f"{OWN_ACCOUNT}{USERS.decode()}" in users


def connect(
    ask: Ask,
    container: Container | None,
    processes: Callable[[], Sequence[str]],
    environment: Mapping[str, str] = os.environ,
) -> RedisServer:
    """Find out at which address a Redis listens and which password it takes; return the connection.

    Args:
        container: the server's container, whose configuration is read as far as possible.
        processes: returns the command lines of the processes in that container; called only if the
            server is not found otherwise.
        environment: this process's environment, which may contain the password.

    Raises:
        PryvTuiError: `step-failed`, with the reason and the remedy; any error that `ask` raises.
    """
    conf = conf_of(container, CONF_INSIDE)
    door, said = _door(ask, conf, processes)
    server = RedisServer(ask, door, "", conf)
    server.container = container.name if container is not None else CONTAINER
    if _first(said).startswith(("NOAUTH", "NOPERM")):
        server, said = _let_in(ask, container, server, said, environment)
    server.told = _facts(server.judged(said, ("INFO",)))
    if not _lives(_first(said)):
        raise PryvTuiError("step-failed", f"Redis does not answer: {_first(said) or 'no words'}")
    told = server.told.get("config_file", "")
    if told and told != CONF_INSIDE:
        server.conf = conf_of(container, told)
    return server


def _first(said: Said) -> str:
    return next((line.strip() for line in said.lines if line.strip()), "")


def _door(
    ask: Ask, conf: Conf, processes: Callable[[], Sequence[str]]
) -> tuple[tuple[str, ...], Said]:
    """Find the options of `redis-cli` with which the server answers; return them, and its answer to
    `INFO`."""
    first = ""
    for found in (lambda: [()], lambda: conf.doors, lambda: doors_of(processes())):
        for door in found():
            said = ask(["redis-cli", *door, "INFO"], {})
            word = _first(said)
            if word and said.code == 0 and not word.startswith("Could not connect"):
                return door, said
            first = first or said.complaint or word or f"exit {said.code}"
    raise PryvTuiError("step-failed", f"Redis does not answer: {first}")


def _let_in(
    ask: Ask,
    container: Container | None,
    shut: RedisServer,
    told: Said,
    environment: Mapping[str, str],
) -> tuple[RedisServer, Said]:
    """Try all known passwords; return a connection with the first one that the server takes, and
    the answer to `INFO`.

    If none gets that answer, but a user could log in who may not ask `INFO`, return that user's
    connection and the refusal.

    Args:
        shut: the connection without a password.
        told: the server's answer without a password.
    """
    inside = container.environment if container else {}
    known = [*shut.conf.passwords]
    known += [("", inside[name]) for name in _GUESSES if inside.get(name)]
    known += [("", environment[PASSWORD])] if environment.get(PASSWORD) else []
    # The refusal to a user who may log in but may not ask `INFO` is the most useful error.
    may_not = (shut, told) if _first(told).startswith("NOPERM") else None
    untried = ""
    for user, password in dict.fromkeys(known):
        options = [*shut.options, *(["--user", user] if user else [])]
        said = ask(["redis-cli", *options, "INFO"], {PASSWORD: password})
        server = RedisServer(ask, options, password, shut.conf)
        server.container = shut.container
        if _lives(_first(said)):
            return server, said
        if _first(said).startswith("NOPERM"):
            may_not = server, said
        elif not password_refused(*said.lines, said.complaint):
            untried = untried or said.complaint or _first(said) or f"exit {said.code}"
    if may_not is not None:
        return may_not
    raise not_let_in(tried=bool(known), untried=untried)


def asking(
    engine: Engine,
    container: str,
    tell: Callable[[str], None] | None = None,
    seconds: float | None = None,
) -> Ask:
    """Return an `Ask` for callers that have no run.

    Args:
        tell: receives a line if the wait for an answer gets long.
        seconds: how long to wait for an answer; None: `QUESTION_SECONDS`.
    """
    from pryv_tui.operations.containers.waiting import (
        QUESTION_SECONDS,
        Silence,
        patience,
        run_watched,
    )

    def ask(argv: Sequence[str], environment: Mapping[str, str]) -> Said:
        if (near := asks_redis(engine, container, argv, environment)) is not None:
            return Said(0, near, "")
        out, err = bytearray(), bytearray()
        watch = Silence(f"{argv[0]} in {container}", patience(seconds or QUESTION_SECONDS), tell)

        def listen(stream: str, chunk: bytes) -> None:
            (out if stream == "stdout" else err).extend(chunk)

        code = run_watched(engine, container, argv, listen, watch, environment)
        return said(code, bytes(out), bytes(err))

    return ask


def said(code: int, out: bytes, err: bytes) -> Said:
    lines = out.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")
    words = [line.strip() for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
    return Said(code, lines[:-1] if lines[-1] == "" else lines, words[-1] if words else "")
