"""Check whether the configured key can sign a drill that nobody attends, and report it as a line.

A timer has nobody to ask for a passphrase, and no ssh-agent. Without this check, an unsigned record
would be noticed only when somebody wants to rely on it.
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from pathlib import Path

from pryv_tui.drills.files import drills_folder
from pryv_tui.drills.signing.papers import REVIEW_SIGNATURE, signature_in
from pryv_tui.drills.signing.ssh import NotSigned, Signature, read_signature, sign
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards.line import GuardLine, ok, warning
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.ways import believed, user_words

NAME = "drill key"
SPACE = "drill-key-check@pryv-tui"
"""Namespace of the trial signature, so that it can't be used as the signature of a record."""
SECONDS = 20.0
"""Time limit of the trial, in seconds: a key that needs no passphrase signs in less."""


def key_lines(settings: Settings) -> list[GuardLine]:
    """Return a line about `drill_key`; an empty list if no key is configured."""
    if not settings.drill_key:
        return []
    key = Path(settings.drill_key)
    found = _wrong_file(key)
    return [found if found is not None else _tried(Path(settings.state), key)]


def _wrong_file(key: Path) -> GuardLine | None:
    """Return a warning about the key's file (missing, unreadable, wrong owner or mode); None if it
    is good."""
    make = f"Make a key only for drills: {_made(key)}"
    try:
        status = key.stat()
    except FileNotFoundError:
        return _warning(f"the key {key} is not there", make)
    except OSError as error:
        return _warning(f"the key {key} can't be checked: {error.strerror}", _whose(key))
    if not stat.S_ISREG(status.st_mode):
        return _warning(f"{key} is not a file", f"Move it away. {make}")
    if status.st_uid not in believed():
        text = f"the key {key} belongs to {user_words(status.st_uid)}, who can sign with it"
        return warning(NAME, text, f"Move it away. {make}")
    mine = status.st_uid == os.geteuid()
    if status.st_mode & (0o077 if mine else 0o007) and not key.name.endswith(".pub"):
        text = f"others may use the key {key}: its mode is {stat.S_IMODE(status.st_mode):04o}"
        close = f"Make it private: chmod 600 {shlex.quote(str(key))}"
        # ssh-keygen refuses its own user's key with this mode; only root can change the mode of
        # root's key.
        return _warning(text, close) if mine else warning(NAME, text, close)
    if not os.access(key, os.R_OK):
        return _warning(f"the key {key} can't be read by the current user", _whose(key))
    return None


def _tried(state: Path, key: Path) -> GuardLine:
    try:
        mine = read_signature(sign(b"", key, SPACE, alone=SECONDS))
    except subprocess.TimeoutExpired:
        text = f"the key {key} did not sign within {SECONDS:.0f} s: it seems to wait for a person"
        return _warning(text, _fresh_key(key))
    except PryvTuiError as error:
        if error.name == "program-missing":
            return warning(NAME, error.what, error.remedy)
        said = f"ssh-keygen: {error.said}" if isinstance(error, NotSigned) else error.what
        text = f"the key {key} did not sign without a person there; {said}"
        return _warning(text, _fresh_key(key))
    reviewed = _reviewed_with(state, mine)
    if reviewed:
        text = (
            f"the key {key} is the one with which the drill {reviewed} was reviewed; the same key"
            " can't sign and review"
        )
        return warning(NAME, text, _fresh_key(key))
    return ok(NAME, f"{key}, tried as a timer would use it, {mine.fingerprint}")


def _reviewed_with(state: Path, mine: Signature) -> str:
    """Return the last drill that was reviewed with this key; empty if there is none."""
    for place in sorted(drills_folder(state).glob(f"*/{REVIEW_SIGNATURE}"), reverse=True):
        other = signature_in(place)
        if other is not None and other.key == mine.key:
            return place.parent.name
    return ""


def _warning(text: str, remedy: str) -> GuardLine:
    return warning(NAME, f"{text}; the record of a drill that a timer holds stays unsigned", remedy)


def _made(key: Path) -> str:
    return f"ssh-keygen -q -t ed25519 -N '' -f {shlex.quote(str(key))}"


def _fresh_key(key: Path) -> str:
    fresh = key.with_name(f"{key.name.removesuffix('.pub')}_unattended")
    return (
        f"Make a key only for drills: {_made(fresh)}; then name it as `drill_key` in the"
        " configuration"
    )


def _whose(key: Path) -> str:
    return (
        "Run this as the user who holds the drills, or see whose it is: ls -ld"
        f" {shlex.quote(str(key))}"
    )
