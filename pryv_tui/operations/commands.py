"""This program's own commands: write them as they are typed, and find them in messages.

A command that an operator pastes must be about the same platform. So it is printed with the options
that this program was started with: without `--practice DIR` it would be about the real platform.

Every message of this program that has a command in it keeps this grammar:

- A command in a message is one to type. It is never the subject or the object of a sentence.
- It stands at the beginning of the message, of a line or of a list item (`- `), or after `: `,
  `; `, `then ` or a prompt (`$ `): "To see the sets: pryv-tui list". So several commands can be
  pasted as one line.
- It ends with the text or the line, before `.`, `,`, `;`, `:` or `)` that a blank follows, before
  ` ;` or before ` (`. A blank or such a sign within it is in quotes, as a shell has it.
- It has at most as many arguments as it takes (`ARGUMENTS`). A text of several words is one
  argument, in quotes.

Messages are read only here (`in_message`), by that grammar alone. Text that does not keep it, such
as a sentence of an older version in a journal, stays text. All other code uses the fields of
`Typed`. `tests/house_rules/test_commands_in_messages.py` checks each message of the source.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
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

MANY = 1000
"""Stands for any number of arguments."""

ARGUMENTS = {
    "accept": MANY,
    "adopt": 1,
    "attach": 1,
    "audit": 1,
    "backup": 0,
    "cancel": 1,
    **{f"containers {act}": 1 for act in ("start", "stop", "restart", "logs")},
    "doctor": 0,
    **{f"drill {act}": 0 for act in ("scenarios", "watch", "list", "clean", "actions")},
    **{f"drill {act}": 1 for act in ("run", "stop", "report", "sign", "verify")},
    "drill review": 2,
    "drill actions add": 2,
    "drill actions close": 3,
    "fetch": 1,
    **{f"incident {act}": 1 for act in ("declare", "note", "close", "show")},
    "incident list": 0,
    "list": 0,
    "pin": 1,
    "plan": 2,
    "prune": 0,
    "recover": 0,
    "release": 1,
    "report": MANY,
    "restore": 1,
    "runs": 0,
    "send": 1,
    "status": 0,
    "undo": 1,
    "unpin": 1,
    "verify": 1,
}
"""How many arguments each command takes at most; a text of several words is one, in quotes."""
_TOP = frozenset(name.partition(" ")[0] for name in ARGUMENTS)

SWITCHES = frozenset(
    f"--{name}"
    for name in (
        *("all", "ascii", "clear", "decision", "detach", "dry-run", "facilitator", "finish"),
        *("follow", "full", "help", "json", "list", "live", "nice", "paranoid", "quiet", "reject"),
        *("roll-back", "verify-while-copying", "walk-through", "went-well", "withdraw"),
    )
)
"""The options without a value; all others have one."""

_INSIDE = tuple("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-")
"""Characters before `pryv-tui` that make it part of another word: `/var/lib/pryv-tui`."""
_BEFORE = (": ", "; ", " then ", "Then ", "$ ")
"""Texts before a command that does not begin a line."""
_ENDS = ".,;:)"
"""Punctuation that may follow the last word of a command; no command ends with it."""
_QUOTES = ("'", '"')


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
        "Wait for it: a program that only reads ends soon. To see if a run that died left it:"
        " pryv-tui status. If one did: pryv-tui recover; else restart its container, which ends it"
        " (the last resort, since it interrupts whatever else runs there):"
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
        " at once: pryv-tui recover. Recover leaves it running if it is not known to be such a"
        f" check. {by_who_knows(container, host)}"
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
    """The command's name, for example `audit` or `drill`."""
    act: str
    """The subcommand: `run` in `drill run`, `actions add` in `drill actions add`; empty if none."""
    rest: str
    """The name and everything after it, as in the message."""
    given: str = ""
    """The options before the name, as in the message; they select the platform."""
    about: tuple[str, ...] = ()
    """The arguments, for example a set, a run or a container."""
    options: tuple[tuple[str, str], ...] = ()
    """The options after the name, each with its value; empty for an option without one."""

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
    """Split a message into its plain text and the commands that it asks to type, in order."""
    begin = 0
    for at in _places(text):
        found = _read(text, at) if at >= begin and _tells(text, at) else None
        if found is not None:
            yield text[begin:at]
            yield found[0]
            begin = found[1]
    yield text[begin:]


def completed(text: str, given: tuple[str, ...]) -> str:
    """Add the given options to each command in a text, unless it has options before its name.

    The text need not keep the grammar: also in the middle of a sentence, a command without these
    options would be about another platform.
    """
    if not given:
        return text
    made, begin, quoted = "", 0, 0
    names = {*_TOP, *kind_names()}
    for at in _places(text):
        if at < quoted:
            continue  # a part of a word of the command before
        name = at + len(PROGRAM) + 1
        words = _words(text, name - 1)
        quoted = max((word.end for word in words if word.is_quoted), default=0)
        if any(_begins(text, name, one) for one in names):
            made, begin = f"{made}{text[begin:name]}{shlex.join(given)} ", name
    return made + text[begin:]


def _places(text: str) -> Iterator[int]:
    """The offsets of each `pryv-tui` in a text that is a word and has a blank after it."""
    at = text.find(f"{PROGRAM} ")
    while at >= 0:
        if text[:at][-1:] not in _INSIDE:
            yield at
        at = text.find(f"{PROGRAM} ", at + 1)


def _begins(text: str, at: int, name: str) -> bool:
    """Whether a text has this name at an offset, with or without punctuation after it."""
    return text.startswith(name, at) and not text[at + len(name) :][:1].isalnum()


def _tells(text: str, at: int) -> bool:
    """Whether a command at this offset is one to type: it begins a line, or stands after a text of
    `_BEFORE`."""
    line = text[:at].rpartition("\n")[2]
    return line.strip() in ("", "-") or line.endswith(_BEFORE)


class _Word(NamedTuple):
    """A word of a command."""

    text: str
    """Without its quotes."""
    end: int
    """The offset in the message at which it ends."""
    is_quoted: bool

    @property
    def is_option(self) -> bool:
        return self.text.startswith("--") and not self.is_quoted


def _read(text: str, at: int) -> tuple[Typed, int] | None:
    """Read one command; return it and the offset of its end, or None if it is not this program's.

    Args:
        at: the offset of `pryv-tui`.
    """
    before = at + len(PROGRAM)
    words = _words(text, before)
    while len(words) > 1 and words[0].is_option and words[0].text[2:] in NAMES:
        before = words[1].end
        words = words[2:]
    name = _name(words)
    if not name:
        return None
    about: list[str] = []
    options: list[tuple[str, str]] = []
    left = words[len(name) :]
    while left:
        word = left.pop(0)
        if not word.is_option:
            about.append(word.text)
        elif word.text in SWITCHES:
            options.append((word.text, ""))
        elif left and not left[0].is_option:
            options.append((word.text, left.pop(0).text))
        else:
            return None
    # The command of a kind of run that is not in the table is about one thing.
    if len(about) > ARGUMENTS.get(" ".join(name), 1):
        return None
    given, end = text[at + len(PROGRAM) + 1 : before], words[-1].end
    rest = text[before + 1 : end]
    return Typed(name[0], " ".join(name[1:]), rest, given, tuple(about), tuple(options)), end


def _name(words: Sequence[_Word]) -> list[str]:
    """The first words that are a command, with its subcommand; empty if there is none."""
    begins = [word.text for word in words[:3]]
    for count in range(len(begins), 0, -1):
        if " ".join(begins[:count]) in ARGUMENTS:
            return begins[:count]
    return begins[:1] if {*begins[:1]} & {*kind_names()} - _TOP else []


def _words(text: str, at: int) -> list[_Word]:
    """The words of a command up to its end; empty if a quotation mark in it is not closed.

    Args:
        at: the offset of the blank before the first word.
    """
    found: list[_Word] = []
    while text[at : at + 1] == " ":
        begin, quote = at + 1, ""
        at = begin
        is_quoted = text[begin : begin + 1] in _QUOTES
        while at < len(text) and (quote or not text[at].isspace()):
            if is_quoted and text[at] in (quote or _QUOTES):
                quote = "" if quote else text[at]
            at += 1
        word = text[begin:at].rstrip(_ENDS)
        if not word or word.startswith("("):
            break
        end = begin + len(word)
        if is_quoted:
            try:
                (word,) = shlex.split(word)
            except ValueError:
                return []
        found.append(_Word(word, end, is_quoted))
        if end < at:
            break
    return found


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
