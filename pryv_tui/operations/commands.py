"""This program's own commands: write them as they are typed, and find them in messages.

A command that an operator pastes must be about the same platform. So it is printed with the options
that this program was started with: without `--practice DIR` it would be about the real platform.
Messages are parsed only here (`in_message`); all other code uses the fields of `Typed`.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from pryv_tui.operations.kind_files import kind_names
from pryv_tui.platform.casualties import shell_line, shell_word
from pryv_tui.secrets import without
from pryv_tui.vault.restic.protocol import PREFIX, local_path

PROGRAM = "pryv-tui"
Switch = Literal["start", "stop", "restart", "logs"]
"""Subcommands of `containers` for one container."""

PATHS = ("practice", "root", "vault", "state", "config")
NAMES = ("practice", "root", "docker", "vault", "state", "config")
"""The options that select the platform, in the order in which they are written."""

WHILE_COPYING = "--verify-while-copying"
"""The option of `restore` to compare the set's hashes only while the files are copied back."""

_OTHERS = (
    "status",
    "doctor",
    "plan",
    "list",
    "runs",
    "attach",
    "cancel",
    "audit",
    "containers",
    "accept",
    "incident",
    "report",
    "pin",
    "unpin",
    "drill",
)
"""Commands that start no run; each of the others has the name of the kind of run it starts."""

ACTS = {
    "containers": ("start", "stop", "restart", "logs"),
    "incident": ("declare", "note", "close", "list", "show"),
    "drill": (
        *("run", "scenarios", "stop", "list", "report", "sign", "review", "verify", "watch"),
        *("clean", "actions"),
    ),
}
"""For each command that has subcommands: their names."""

SWITCHES = frozenset(
    f"--{name}"
    for name in (
        *("all", "ascii", "clear", "decision", "detach", "dry-run", "facilitator", "finish"),
        *("follow", "full", "help", "json", "list", "live", "nice", "paranoid", "quiet", "reject"),
        *("roll-back", "verify-while-copying", "walk-through", "went-well", "withdraw"),
    )
)
"""The options without a value; all others have one."""

_ABOUT_NOTHING = frozenset({"status", "doctor", "list", "runs", "recover", "prune", "backup"})
_ABOUT_ANY = frozenset({"accept", "containers"})
"""Commands without an argument, and (second) commands whose next word is always their argument.

For other commands a word is an argument only if it has a digit, is in capitals (`SET`) or quotes,
or is `latest`.
"""
_INSIDE = tuple("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-")
"""Characters before `pryv-tui` that make it part of another word: `/var/lib/pryv-tui`."""
SENTENCE = (
    "shows",
    "names",
    "says",
    "tells",
    "lists",
    "writes",
    "removes",
    "lets",
    "holds",
    "keeps",
)
"""Verbs after a command in a sentence that describes the command and does not ask to type it."""
_BEFORE = (": ", "then ", "Then ", "  - ")
"""Texts before a command that the reader is asked to type."""
_QUOTES = ("'", '"')
_ENDS = ".,;:)`…"
"""Punctuation that may follow the last word of a command; no command ends with it."""


def given_words(**options: str | None) -> tuple[str, ...]:
    """Write the options as words of a command line.

    Paths are made absolute, since a command may be pasted in another folder.
    """
    words: list[str] = []
    for name in NAMES:
        value = options.get(name)
        if value:
            # A name with a password in it is refused later; the password must not be shown before
            # that.
            words += [f"--{name}", without(_absolute(value) if name in PATHS else value)]
    return tuple(words)


def container_command(what: Switch, container: str, host: str) -> str:
    """The command of this program for a container, as it is typed.

    It has the machine's name, since several machines may have a container of that name. (`docker`
    does not know the containers of a practice platform.)
    """
    return typed((), "containers", what, container, "--host", host)


def end_orphan(container: str, host: str) -> str:
    """Sentences on how to end a dump whose run or command is gone.

    Restarting the container ends it in any case: an image may have no `kill`. But if a run that
    died has left the dump, `recover` comes first.
    """
    return (
        "Wait for it: a program that only reads ends soon. If a run that died left it (pryv-tui"
        " status says so): pryv-tui recover; else restart its container, which ends it (the last"
        " resort, since it interrupts whatever else runs there):"
        f" {container_command('restart', container, host)}"
    )


def writes_on(container: str, host: str) -> str:
    """Sentences on a dump that may be another person's, whose folder is to be put back."""
    return (
        "Wait until it ends. If nobody needs it, restart its container, which ends it (the last"
        " resort, since it interrupts whatever else runs there):"
        f" {container_command('restart', container, host)} ; then: pryv-tui recover"
    )


def reads_on(container: str, host: str) -> str:
    """Sentences on a program left in a container that only reads a database and writes to
    stdout."""
    return (
        "It writes into no dump folder, and ends when it has read everything; a backup need not"
        " wait for it. If a check of the live platform that was killed has left it, this ends it"
        " at once: pryv-tui recover. That leaves a program running that is not known to be such"
        f" a check. {by_who_knows(container, host)}"
    )


def by_who_knows(container: str, host: str) -> str:
    """Sentences on how to end a program in a container if a person knows that nobody needs it."""
    restart = container_command("restart", container, host)
    return (
        "To see if it is still running: pryv-tui doctor. If you know that nobody needs it,"
        " restart its container, which ends it (the last resort, since it interrupts whatever"
        f" else runs there): {restart}"
    )


def or_by_hand(*words: str, practice: bool) -> str:
    """The words for doing something with Docker alone, in case this program is not available.

    Empty for a practice platform, whose containers Docker does not know.
    """
    return "" if practice else f" (without this tool: {shlex.join(words)})"


def _absolute(value: str) -> str:
    """Make a path absolute, so that it is valid in any folder.

    In the name of a local restic repository, its path is made absolute; a remote one is unchanged.
    """
    repository = value.startswith(PREFIX)
    place = local_path(value.removeprefix(PREFIX)) if repository else value
    if place is None:
        return value
    return (PREFIX if repository else "") + os.path.normpath(Path(place).absolute())


class Typed(NamedTuple):
    """A command of this program, as a message has it."""

    name: str
    """Its name, for example `audit` or `drill`."""
    act: str
    """Its subcommand, for example `run` in `drill run`; empty if none."""
    rest: str
    """The name and everything after it, as in the message."""
    given: str = ""
    """The options before its name, as in the message; they select the platform."""
    about: tuple[str, ...] = ()
    """Its argument, if it has one: a set, a run, a container."""
    options: tuple[tuple[str, str], ...] = ()
    """The options after its name, each with its value; empty for an option without one."""
    is_noun: bool = False
    """Whether the sentence describes the command: `pryv-tui list shows the sets`."""
    is_last: bool = True
    """Whether no further word of the sentence follows that could be its argument."""
    is_to_do: bool = False
    """Whether the message asks to type the command, and does not only mention it."""

    @property
    def asked(self) -> frozenset[str]:
        """The names of its options."""
        return frozenset(name for name, _value in self.options)

    def values(self, option: str) -> list[str]:
        """The values of an option, one for each time that it occurs."""
        return [value for name, value in self.options if name == option]

    def text(self, given: tuple[str, ...] = ()) -> str:
        """The command as it is typed.

        Args:
            given: the options that this program was started with; ignored if the command has
                options before its name already.
        """
        before = self.given or shlex.join(given)
        return " ".join((PROGRAM, before, self.rest) if before else (PROGRAM, self.rest))


def typed(given: tuple[str, ...], *words: str) -> str:
    """Quote and join the words of a command of this program, as it is typed.

    Args:
        given: the options that this program was started with.
    """
    return shlex.join((PROGRAM, *given, *words))


def in_message(text: str) -> Iterator[str | Typed]:
    """Split a message into its plain text and its commands, in order."""
    begin, at = 0, text.find(f"{PROGRAM} ")
    while at >= 0:
        found = None if text[:at][-1:] in _INSIDE else _read(text, at + len(PROGRAM))
        if found is not None:
            yield text[begin:at]
            yield found[0]
            begin = found[1]
        at = text.find(f"{PROGRAM} ", max(begin, at + 1))
    yield text[begin:]


def completed(text: str, given: tuple[str, ...]) -> str:
    """Add the given options to each command in a message, unless it has options before its name."""
    if not given or PROGRAM not in text:
        return text
    return "".join(part if isinstance(part, str) else part.text(given) for part in in_message(text))


def _read(text: str, at: int) -> tuple[Typed, int] | None:
    """Parse one command; return it and the offset of its end, or None if it is not this program's.

    Args:
        at: the offset of the blank before its first word.
    """
    names = (*_OTHERS, *kind_names())
    before = at
    word, end = _word(text, at)
    while word.startswith("--") and word[2:] in NAMES:
        before = _word(text, end)[1]
        word, end = _word(text, before)
    name = next((one for one in names if _begins(word, one)), "")
    if not name:
        return None
    given, start, end = text[at + 1 : before], before + 1, before + 1 + len(name)
    act, after = _word(text, end)
    if act in ACTS.get(name, ()):
        end = after
    else:
        act = ""
    about: list[str] = []
    options: list[tuple[str, str]] = []
    while True:
        word, after = _word(text, end)
        if word.startswith("--") and len(word) > 2:
            value = ""
            if word not in SWITCHES:
                value, after = _word(text, after)
            options.append((word, value))
        elif not about and (
            _is_named(name, word, text[end + 1 : after])
            or (word and name not in _ABOUT_NOTHING and text.startswith(" --", after))
        ):
            about.append(word)
        else:
            break
        end = after
    made = Typed(
        *(name, act, text[start:end], given, tuple(about), tuple(options)),
        is_noun=any(text.startswith(f" {verb}", end) for verb in SENTENCE),
        is_last=text[end : end + 1] != " ",
        is_to_do=text.endswith(_BEFORE, 0, at - len(PROGRAM)),
    )
    return made, end


def _begins(word: str, name: str) -> bool:
    """Whether a word is this name, with or without punctuation after it."""
    return word.startswith(name) and not (word[len(name) :][:1].isalnum())


def _is_named(command: str, word: str, written: str) -> bool:
    """Whether a word is the command's argument, and not the next word of the sentence.

    Args:
        written: the word as in the message, with its quotes.
    """
    if not word or command in _ABOUT_NOTHING:
        return False
    if command in _ABOUT_ANY or word == "latest":
        return True
    return written != word or word.isupper() or any(letter.isdigit() for letter in word)


def _word(text: str, at: int) -> tuple[str, int]:
    """The next word of a command without its quotes, and the offset of its end.

    The word is empty if there is no more.

    Args:
        at: the offset at which the last word ended.
    """
    if text[at : at + 1] != " ":
        return "", at
    end, quote = at + 1, ""
    is_quoted = text[end : end + 1] in _QUOTES
    while end < len(text) and (quote or not text[end].isspace()):
        if is_quoted and text[end] in (quote or _QUOTES):
            quote = "" if quote else text[end]
        end += 1
    written = text[at + 1 : end].rstrip(_ENDS)
    if not is_quoted:
        written = written.rstrip(_ENDS + "".join(_QUOTES))
        return written, at + 1 + len(written)
    try:
        (word,) = shlex.split(written)
    except ValueError:  # the quotation mark belongs to the sentence
        return "", at
    return word, at + 1 + len(written)


def confirm_words(domain: str) -> str:
    """The words at the end of a command that confirm it: `--confirm` and the domain."""
    return f" --confirm {shlex.quote(domain)}"


def erase_command(name: str) -> str:
    """The command that erases an account of a restored platform again.

    It erases all its data in core, its series and its entry in register. It is the vendor's own
    tool, run on core's machine (`delete-user.md` of the vendor's configuration template; register's
    `DELETE /users/<name>` only frees the name).
    """
    return shell_line(f"pryv-cli delete-user {shell_word(name)}")
