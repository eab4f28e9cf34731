"""Our commands: as they are typed, and as values read from the messages that name them.

A hint that is pasted must mean the same platform, so each is printed with the options that this
program was started with: without its `--practice DIR` it would mean the real one. A message is read
here alone (`in_message`); what is done about a command is decided by its fields.
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
"""What `containers` does with one container."""

PATHS = ("practice", "root", "vault", "state", "config")
NAMES = ("practice", "root", "docker", "vault", "state", "config")
"""The options that decide which platform is meant, in the order in which they are written."""

WHILE_COPYING = "--verify-while-copying"
"""The option of a restore that has its set's hashes compared while it is copied back alone."""

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
"""Our commands that start no run; those that do are called as its kind."""

ACTS = {
    "containers": ("start", "stop", "restart", "logs"),
    "incident": ("declare", "note", "close", "list", "show"),
    "drill": (
        *("run", "scenarios", "stop", "list", "report", "sign", "review", "verify", "watch"),
        *("clean", "actions"),
    ),
}
"""The second word of commands that have one."""

SWITCHES = frozenset(
    f"--{name}"
    for name in (
        *("all", "ascii", "clear", "decision", "detach", "dry-run", "facilitator", "finish"),
        *("follow", "full", "help", "json", "list", "live", "nice", "paranoid", "quiet", "reject"),
        *("roll-back", "verify-while-copying", "walk-through", "went-well", "withdraw"),
    )
)
"""Options of theirs that have no value; every other has one."""

_ABOUT_NOTHING = frozenset({"status", "doctor", "list", "runs", "recover", "prune", "backup"})
_ABOUT_ANY = frozenset({"accept", "containers"})
"""Commands that are about nothing, and those whose next word is what they are about, whatever it
is; of others it has a digit, is in capitals (`SET`) or in quotes, or is `latest`."""
_INSIDE = tuple("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-")
"""What stands before our name where it is the end of another: `/var/lib/pryv-tui`."""
SENTENCE = ("shows", "names", "says", "tells", "lists", "writes", "removes", "lets", "holds")
"""What a sentence goes on with that says what a command is for, and not to type it."""
_BEFORE = (": ", "then ", "Then ", "  - ")
"""What stands before a command that is to be typed."""
_QUOTES = ("'", '"')
_ENDS = ".,;:)`…"
"""What may stand behind the last word of a command; none of ours ends with it."""


def given_words(**options: str | None) -> tuple[str, ...]:
    """The options as words of a command line; paths are made absolute, since hints are pasted
    elsewhere too."""
    words: list[str] = []
    for name in NAMES:
        value = options.get(name)
        if value:
            # A name that holds a password is refused, and told without it until then.
            words += [f"--{name}", without(_absolute(value) if name in PATHS else value)]
    return tuple(words)


def container_command(what: Switch, container: str, host: str) -> str:
    """Our command for a container, as it can be typed. It names the machine: several may have one
    of that name. `docker` would mean none of a practice platform's."""
    return typed((), "containers", what, container, "--host", host)


def end_orphan(container: str, host: str) -> str:
    """How a dump that nobody follows any more is ended: an image may have no `kill`, but what was
    started in a container ends with it. What a dead run left has to be settled before."""
    return (
        "Wait for it: one that only looks is over soon. If a run left it that died (pryv-tui status"
        " says so): pryv-tui recover; else it ends with its container, which is up again at once"
        " (the last resort, since whatever else runs there is interrupted):"
        f" {container_command('restart', container, host)}"
    )


def writes_on(container: str, host: str) -> str:
    """What is done about a dump that may be somebody's own, before its folder can be given back."""
    return (
        f"Wait until it is over. If nobody needs it, it ends with its container, which is up again"
        " at once (the last resort, since whatever else runs there is interrupted):"
        f" {container_command('restart', container, host)} ; then: pryv-tui recover"
    )


def reads_on(container: str, host: str) -> str:
    """What becomes of a program that reads a database and sends it to its output."""
    return (
        "It writes no dump folder, and ends when it has read everything; a backup need not wait"
        " for it. If a look of yours that was killed has left it, this ends it at once: pryv-tui"
        " recover. That leaves running whatever is not known to be such a one."
        f" {by_who_knows(container, host)}"
    )


def by_who_knows(container: str, host: str) -> str:
    """How somebody ends a program of which only a person knows that nobody needs it."""
    restart = container_command("restart", container, host)
    return (
        "Whether it still runs: pryv-tui doctor. If you know that nobody needs it, it ends with its"
        " container, which is up again at once (the last resort, since whatever else runs there is"
        f" interrupted): {restart}"
    )


def or_by_hand(*words: str, practice: bool) -> str:
    """The same with Docker alone, for the day this tool is not available.

    Nothing where Docker would mean another platform than the practice one.
    """
    return "" if practice else f" (without this tool: {shlex.join(words)})"


def _absolute(value: str) -> str:
    """A path made absolute, so that it is valid from any folder; `value` may also name a restic
    repository."""
    repository = value.startswith(PREFIX)
    place = local_path(value.removeprefix(PREFIX)) if repository else value
    if place is None:
        return value
    return (PREFIX if repository else "") + os.path.normpath(Path(place).absolute())


class Typed(NamedTuple):
    """One of our commands, as a message names it."""

    name: str
    """`audit`, `drill`."""
    act: str
    """Its second word, where it has one of its own: `run` of `drill run`."""
    rest: str
    """Its name and all that comes after, as it stands in the message."""
    given: str = ""
    """The options before its name, as they stand there: which platform it means."""
    about: tuple[str, ...] = ()
    """What it names without an option: a set, a run, a container."""
    options: tuple[tuple[str, str], ...] = ()
    """The options after its name, each with its value; that of a switch is empty."""
    is_noun: bool = False
    """The sentence says what it is for: `pryv-tui list shows the sets`."""
    is_last: bool = True
    """No word of its sentence follows, which could be what it is about."""
    is_to_do: bool = False
    """The message tells to type it, and does not only speak of it."""

    @property
    def asked(self) -> frozenset[str]:
        """The options that it has."""
        return frozenset(name for name, _value in self.options)

    def values(self, option: str) -> list[str]:
        """What is said with an option, each time it stands there."""
        return [value for name, value in self.options if name == option]

    def text(self, given: tuple[str, ...] = ()) -> str:
        """It, as it is typed.

        Args:
            given: the options that this program was started with; one that has some keeps its own.
        """
        before = self.given or shlex.join(given)
        return " ".join((PROGRAM, before, self.rest) if before else (PROGRAM, self.rest))


def typed(given: tuple[str, ...], *words: str) -> str:
    """A command of ours as it is typed.

    Args:
        given: the options that this program was started with.
    """
    return shlex.join((PROGRAM, *given, *words))


def in_message(text: str) -> Iterator[str | Typed]:
    """A message as what it says and the commands that it names, in their order."""
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
    """A message in which every command carries the given options; one that has them stays."""
    if not given or PROGRAM not in text:
        return text
    return "".join(part if isinstance(part, str) else part.text(given) for part in in_message(text))


def _read(text: str, at: int) -> tuple[Typed, int] | None:
    """The command whose words begin here, and where it ends; None where it is none of ours.

    Args:
        at: the blank before its first word.
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
    """Whether a word is this name, with or without the sentence's marks behind it."""
    return word.startswith(name) and not (word[len(name) :][:1].isalnum())


def _is_named(command: str, word: str, written: str) -> bool:
    """Whether a word is what a command is about, and not the next one of the sentence.

    Args:
        written: the same as it stands there, in its quotes.
    """
    if not word or command in _ABOUT_NOTHING:
        return False
    if command in _ABOUT_ANY or word == "latest":
        return True
    return written != word or word.isupper() or any(letter.isdigit() for letter in word)


def _word(text: str, at: int) -> tuple[str, int]:
    """The next word of a command, out of its quotes, and where it ends; empty where it has no more.

    Args:
        at: where the last one ended.
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
    except ValueError:  # the sentence's own quotation mark
        return "", at
    return word, at + 1 + len(written)


def confirm_words(domain: str) -> str:
    """How a command is confirmed, as its last words."""
    return f" --confirm {shlex.quote(domain)}"


def erase_command(name: str) -> str:
    """The command that erases an account of a restored platform again, with all that it has in
    core, its series and register's entry: the vendor's own tool, run on core's machine
    (`delete-user.md` of the vendor's configuration template; register's `DELETE /users/<name>`
    frees the name alone)."""
    return shell_line(f"pryv-cli delete-user {shell_word(name)}")
