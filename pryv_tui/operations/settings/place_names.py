"""Names of folders as people type them; names that look like remote places are refused. Pure.

To a file system `sftp:backup@host:/srv` is a folder like any other. It would be made below the
current folder, and get a backup that its owner believes to be on another machine. So a name is
refused if it looks like an address, or has something in it that a shell should have replaced; the
error shows the right spelling.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pryv_tui.errors import PryvTuiError
from pryv_tui.vault.restic.protocol import PREFIX, REMOTE_KINDS

Source = Literal["option", "variable", "file"]
"""Where a name was given: on the command line, in the environment or in the configuration file."""

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\}|\()|%\w+%|`[^`]*`")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|<\w[\w .-]*>")
_PATTERN = re.compile(r"[*?]|\{[^{}/]*,[^{}/]*\}")
_QUOTES = "'\"“”„‘’‚«»"
_UNSEEN = "".join(
    map(chr, (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF))
)
"""Invisible characters that may be copied along with a name from a web page or a dialog."""
_MACHINE = re.compile(r"[^@]+@.+|\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]")
"""A machine's name as the first part of a path without a colon: `user@host`, an IP address."""


def folder(value: str, what: str, source: Source = "option", *, may_be_vault: bool = False) -> str:
    """Return the absolute path of a folder on this machine that a person named.

    Args:
        value: the name, as it was typed.
        what: where the name was given, for messages: `--vault`, `PRYV_TUI_VAULT`, `vault in FILE,
            line 3`.
        source: the kind of that place; a relative path is allowed only on the command line.
        may_be_vault: whether a restic repository could be named here too.

    Raises:
        PryvTuiError: `config` (from the file) or `usage`: the name is empty, looks like an address
            or something unreplaced, or is relative and not from the command line.
    """
    wrong = _complaint(value, may_be_vault=may_be_vault)
    if wrong is None and source != "option" and not value.startswith("/"):
        wrong = (
            "is a relative path, and its meaning depends on where the program is started",
            f"Write the whole path: {os.path.normpath(Path(value).absolute())}",
        )
    if wrong is not None:
        reason, remedy = wrong
        shown = f" {value!r}" if value.strip() else ""
        raise PryvTuiError(
            "config" if source == "file" else "usage", f"{what}:{shown} {reason}", remedy
        )
    # Two slashes were refused; three and more mean one.
    return os.path.normpath(Path(re.sub(r"^/+", "/", value)).absolute())


def given(value: str | None, what: str, source: Source = "option") -> str | None:
    """Return an optional value; refuse it if it is given and empty.

    Raises:
        PryvTuiError: `config` (from the file) or `usage`, it is empty.
    """
    if value is not None and not value.strip():
        raise PryvTuiError(
            "config" if source == "file" else "usage",
            f"{what} is empty",
            "Give it a value, or omit it.",
        )
    return value


NEVER_EMPTY = (
    *("PRYV_CONF_ROOT", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH"),
    "REDISCLI_AUTH",
)
"""Other programs' variables that decide which platform is used, or how it is reached.

Docker ignores an empty one: a script whose `$ENGINE` is unset would act on this machine's platform.
"""
_OURS = "PRYV_TUI_"


def need_filled(environment: Mapping[str, str]) -> None:
    """Check that no variable of this program or in `NEVER_EMPTY` is set and empty.

    `DOCKER_TLS`, `DOCKER_TLS_VERIFY` and `NO_COLOR` may be empty, which means "no" there.

    Raises:
        PryvTuiError: `usage`, with the variable's name.
    """
    for name in (*NEVER_EMPTY, *sorted(n for n in environment if n.startswith(_OURS))):
        if not environment.get(name, "-").strip():
            raise PryvTuiError(
                "usage", f"{name} is empty", f"Give it a value, or remove it: unset {name}"
            )


def need_filled_words(words: Sequence[str]) -> None:
    """Check that no word of a command line is empty, as it is if a script's variable is unset.

    Raises:
        PryvTuiError: `usage`, with the option or the word before it.
    """
    before = ""
    for word in words:
        name, equals, value = word.partition("=")
        if word.startswith("--") and equals and not value.strip():
            before, word = name, ""
        if not word.strip():
            what = f"{before} is" if before.startswith("-") else "An argument is"
            after = f", after {before}" if before and not before.startswith("-") else ""
            raise PryvTuiError("usage", f"{what} empty{after}", "Give it a value, or omit it.")
        before = word


def relative(value: str) -> bool:
    """Whether a folder's name is relative to the current folder."""
    return not value.startswith("/")


def _complaint(value: str, *, may_be_vault: bool) -> tuple[str, str] | None:
    """Return what is wrong with a name, and the remedy; None if nothing is."""
    for check in _CHECKS:
        found = check(value, may_be_vault)
        if found is not None:
            return found
    return None


def _empty(value: str, _vault: bool) -> tuple[str, str] | None:
    if value.strip():
        return None
    return "is empty", "Name a folder, or omit it."


def _blanks(value: str, _vault: bool) -> tuple[str, str] | None:
    if value != value.strip():
        return "begins or ends with a blank", f"Without it: {value.strip()}"
    seen = value.strip().strip(_UNSEEN)
    if seen != value:
        return "begins or ends with an invisible character", f"Without it: {seen}"
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        return "holds control characters", "Write only the folder's name."
    return None


def _quoted(value: str, _vault: bool) -> tuple[str, str] | None:
    if value[0] in _QUOTES:
        return "holds quotes that no shell has removed", f"Without them: {value.strip(_QUOTES)}"
    return None


def _option(value: str, _vault: bool) -> tuple[str, str] | None:
    if not value.startswith("-"):
        return None
    return (
        "looks like an option, but stands where the option before it needs a folder",
        f"Name the folder first. If the folder really has that name: ./{value}",
    )


def _unfilled(value: str, _vault: bool) -> tuple[str, str] | None:
    """Refuse placeholders of templates and examples, and patterns.

    A shell leaves a pattern unchanged if no file matches: if a disk is not mounted, for example.
    """
    if found := _PLACEHOLDER.search(value):
        return f"holds {found[0]}, which stands for something else", "Write its value instead."
    if found := _PATTERN.search(value):
        return (
            f"holds {found[0]}, which a shell replaces by file names, if there are any",
            "Write the name of the one folder that you mean.",
        )
    return None


def _home(value: str, _vault: bool) -> tuple[str, str] | None:
    if not value.startswith("~"):
        return None
    full = os.path.expanduser(value)  # noqa: PTH111
    # A folder may really have this name, but a shell would have replaced it by the home folder.
    remedy = f"If the folder really has that name: ./{value}"
    if full != value:
        remedy = f"Write {full}. {remedy}"
    return "begins with ~, which only a shell replaces by a home folder", remedy


def _variable(value: str, _vault: bool) -> tuple[str, str] | None:
    found = _VARIABLE.search(value)
    if found is None:
        return None
    filled = os.path.expandvars(value)
    remedy = f"Write {filled}" if filled != value else "Write its value instead."
    return f"holds {found[0]}, which only a shell replaces", remedy


def _share(value: str, _vault: bool) -> tuple[str, str] | None:
    if not (value.startswith("//") and not value.startswith("///")) and "\\" not in value:
        return None
    plain = "/" + value.replace("\\", "/").strip("/")
    return (
        "looks like a share of a file server",
        "Mount it, and name the folder where it is mounted; a folder of this machine begins with"
        f" one slash: {plain}",
    )


def _address(value: str, vault: bool) -> tuple[str, str] | None:
    """Refuse a name with a colon before its first slash: a URL, or a machine as in scp."""
    found = _SCHEME.fullmatch(value)
    head, colon, _tail = value.partition(":")
    if not colon or "/" in head:
        return _machine(value, vault)
    here = f"a folder of this name: {os.path.join('.', value)}"  # noqa: PTH118
    scheme = found["scheme"].lower() if found else ""
    rest = found["rest"] if found else ""
    if scheme == "file":
        return "looks like an address", f"Name the folder: {'/' + rest.lstrip('/')}"
    if scheme == PREFIX[:-1]:
        if vault:
            return f"looks like a restic repository, which begins with {PREFIX}", PREFIX + rest
        return "looks like a restic repository", "Only a vault can be one; name a folder here."
    repository = _repository(value, scheme, rest)
    if repository and vault:
        return (
            "looks like a place on another machine",
            f"As a restic repository: {repository}; {here}",
        )
    return (
        "looks like a place on another machine",
        f"Mount it, and name the folder where it is mounted; {here}",
    )


def _machine(value: str, vault: bool) -> tuple[str, str] | None:
    """Refuse a name that begins with a machine's name without the colon after it."""
    host, slash, path = value.partition("/")
    if not _MACHINE.fullmatch(host):
        return None
    here = f"a folder of this name: ./{value}"
    if vault and path:
        there = f"{PREFIX}sftp:{host}:{slash}{path}"
        return "looks like a place on another machine", f"As a restic repository: {there}; {here}"
    return (
        "looks like a place on another machine",
        f"Mount it, and name the folder where it is mounted; {here}",
    )


def _repository(value: str, scheme: str, rest: str) -> str:
    """Return restic's name for a remote place; empty if restic has none."""
    if scheme in ("sftp", "ssh", "scp"):
        if not rest.startswith("//"):
            return f"{PREFIX}sftp:{rest}"
        # In restic's URL form a path with one slash is relative to the remote home folder.
        host, _slash, path = rest.removeprefix("//").partition("/")
        return f"{PREFIX}sftp://{host}//{path}"
    if scheme in REMOTE_KINDS:
        return f"{PREFIX}{scheme}:{rest}"
    if scheme in ("http", "https") or rest.startswith("//"):
        return f"{PREFIX}rest:{value}" if scheme in ("http", "https") else ""
    # scp and rsync take `user@host:/path` and `host:/path`; only rsync takes `host::module`.
    return f"{PREFIX}sftp:{value}" if len(scheme) != 1 and "::" not in _outside(value) else ""


def _outside(value: str) -> str:
    """Remove the parts in brackets from a name: an IPv6 address has colons in it."""
    return re.sub(r"\[[^]]*\]", "", value)


_Check = Callable[[str, bool], tuple[str, str] | None]
_CHECKS: tuple[_Check, ...] = (
    *(_empty, _blanks, _quoted, _option, _home, _variable, _unfilled),
    *(_share, _address),
)
