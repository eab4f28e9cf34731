"""The files beside a record (signature, debrief, review, signers), and the list of hashes. Here a
signature, a debrief or a review is called a paper."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.decoding import Undecodable, read_json, why
from pryv_tui.drills.files import KIND, RECORD, drills_folder, records_of
from pryv_tui.drills.model import Action
from pryv_tui.drills.signing.ssh import Signature, read_signature
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably, write_together
from pryv_tui.incidents.files import NAME as JOURNAL
from pryv_tui.reading import read_whole
from pryv_tui.runs.record.history import runs_folder

RECORD_SPACE = "drill-record@pryv-tui"
REVIEW_SPACE = "drill-review@pryv-tui"
DEBRIEF_SPACE = "drill-debrief@pryv-tui"
"""Namespaces of signatures: a signature of one kind is not valid as one of another kind."""
OPERATOR, REVIEWER, DEBRIEFER = "operator", "reviewer", "debriefer"
"""Identities in `allowed_signers`; the people's names are in the record and the review."""
SIGNATURE = f"{RECORD}.sig"
REVIEW = "review.json"
REVIEW_SIGNATURE = f"{REVIEW}.sig"
DEBRIEF = "debrief.json"
"""Findings made after the record was written, signed separately: the record itself never
changes."""
DEBRIEF_SIGNATURE = f"{DEBRIEF}.sig"
SIGNERS = "allowed_signers"
ONCE = (SIGNATURE, DEBRIEF, DEBRIEF_SIGNATURE, REVIEW, REVIEW_SIGNATURE)
"""Files that are written once and never changed: their hashes are in the next record."""
QUERY = "record.tsq"
PAGE = "VERIFY.md"
MARKDOWN, HTML = "report.md", "report.html"
PAGES = (MARKDOWN, HTML, PAGE)
SUMS = "records.sha256"
"""The list of hashes of records, papers and pages, for `sha256sum -c` in the folder of all
drills."""

Verdict = Literal["accepted", "rejected"]


class ReviewOnFile(msgspec.Struct, frozen=True, kw_only=True):
    """`review.json`: the text that a reviewer signs."""

    format: int = 1
    drill: str
    record_sha256: str
    signature_sha256: str
    """SHA-256 of the operator's signature file."""
    reviewer: str
    reviewed: str
    """When the review was made, RFC 3339 UTC."""
    verdict: Verdict
    text: str = ""
    debrief_sha256: str = ""
    """SHA-256 of `debrief.json`; empty if there was none."""
    not_compared: str = ""
    """Why `text` was left out: why it could not be compared with account names. Else empty."""


class DebriefOnFile(msgspec.Struct, frozen=True, kw_only=True):
    """`debrief.json`: findings made after the record was written, as they were when signed. Which
    of them were closed later is in the drill's journal."""

    format: int = 1
    drill: str
    record_sha256: str
    by: str
    debriefed: str
    """When the debrief was signed, RFC 3339 UTC."""
    findings: tuple[Action, ...]
    not_compared: str = ""
    """Why texts of findings were left out: why they could not be compared with account names. Empty
    if none were left out."""


def left_out_words(paper: ReviewOnFile | DebriefOnFile | None) -> str:
    """Return a sentence that says why texts are missing in a paper; empty if none are missing."""
    if paper is None or not paper.not_compared:
        return ""
    return (
        "What people wrote is left out, since it could not be compared with the names of the"
        f" accounts: {paper.not_compared}."
    )


def journal_of(source: str) -> str:
    """Return the path of a journal that a record was made from, relative to the drill's folder."""
    return JOURNAL if source == KIND else str(runs_folder(Path("../..")) / source / JOURNAL)


def encode(paper: ReviewOnFile | DebriefOnFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(paper), indent=2) + b"\n"


def read_debrief(folder: Path) -> DebriefOnFile | None:
    """Read the debrief of a drill. Return None if no debrief was signed.

    Raises:
        PryvTuiError: `check-failed`, the file can't be read, or is not a debrief.
    """
    try:
        return read_json(folder / DEBRIEF, DebriefOnFile)
    except FileNotFoundError:
        return None
    except (OSError, Undecodable) as error:
        raise PryvTuiError("check-failed", f"{folder / DEBRIEF}: {why(error)}") from error


def debriefs_as(folder: Path) -> str:
    """Return who signed the debrief: `OPERATOR` if the same key signed the record, else
    `DEBRIEFER`."""
    mine, other = signature_in(folder / SIGNATURE), signature_in(folder / DEBRIEF_SIGNATURE)
    same = mine is not None and other is not None and mine.key == other.key
    return OPERATOR if same else DEBRIEFER


def read_review(folder: Path) -> ReviewOnFile | None:
    """Read the review of a drill. Return None if there is none.

    Raises:
        PryvTuiError: `check-failed`, the file can't be read, or is not a review.
    """
    try:
        return read_json(folder / REVIEW, ReviewOnFile)
    except FileNotFoundError:
        return None
    except (OSError, Undecodable) as error:
        raise PryvTuiError("check-failed", f"{folder / REVIEW}: {why(error)}") from error


def signature_in(path: Path) -> Signature | None:
    """Read the key and namespace of a signature file. Return None if it is missing or not a
    signature."""
    try:
        return read_signature(read_whole(path, follow=False))
    except (OSError, ValueError):
        return None


def signer_line(identity: str, namespaces: str, key: Signature) -> str:
    """Return a line of `allowed_signers` (ssh-keygen(1)). It has no comment: a comment may name a
    person."""
    allowed = f'namespaces="{namespaces}"'
    return " ".join([identity, allowed, key.kind, key.key])


def with_signer(folder: Path, identity: str, namespaces: str, key: Signature) -> bytes:
    """Return the content of `allowed_signers` with a signer added. The signer replaces an earlier
    one with the same identity.

    Args:
        namespaces: what that key may sign, separated by commas.
    """
    try:
        lines = read_whole(folder / SIGNERS, follow=False).decode("ascii", "replace").splitlines()
    except FileNotFoundError:
        lines = []
    kept = [line for line in lines if not line.startswith(f"{identity} ")]
    return ("\n".join([*kept, signer_line(identity, namespaces, key)]) + "\n").encode()


def allow(folder: Path, identity: str, namespaces: str, key: Signature, *names: str) -> None:
    """Add a signer to `allowed_signers`, and put that file and the signed ones on the list.

    This comes last: a signature that is not on the list counts as not written completely.

    Args:
        namespaces: what that key may sign, separated by commas.
        names: the signature's file, and the signed file unless that is the record.

    Raises:
        OSError: the files can't be written.
    """
    signers = with_signer(folder, identity, namespaces, key)
    write_together(
        {
            folder / SIGNERS: signers,
            folder.parent / SUMS: _list_with(folder, names, {SIGNERS: signers}),
        }
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a small file, in hex.

    Raises:
        OSError: the file can't be read.
    """
    return hashlib.sha256(read_whole(path, follow=False, limit=64 << 20)).hexdigest()


def listed(drills: Path) -> dict[str, str]:
    """Read the list of hashes, by path below the folder of all drills; empty if unreadable."""
    try:
        lines = read_whole(drills / SUMS, follow=False, limit=64 << 20).decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.split("  ", 1) for line in lines if "  " in line)
    return {name: told for told, name in pairs}


def enlist(folder: Path, *names: str, coming: Mapping[str, bytes] | None = None) -> None:
    """Put files of a drill's folder on the list, with their present hashes.

    Args:
        coming: files that are about to be written, with their content.

    Raises:
        OSError: the list can't be written, or a file not be read.
    """
    write_durably(folder.parent / SUMS, _list_with(folder, names, coming or {}))


def _list_with(folder: Path, names: Iterable[str], coming: Mapping[str, bytes]) -> bytes:
    known = listed(folder.parent)
    known |= {f"{folder.name}/{name}": digest(folder / name) for name in names}
    known |= {
        f"{folder.name}/{name}": hashlib.sha256(content).hexdigest()
        for name, content in coming.items()
    }
    lines = [f"{told}  {name}" for name, told in sorted(known.items())]
    return ("\n".join(lines) + "\n").encode()


def allowed_spaces(folder: Path) -> set[str]:
    """Return the namespaces for which the drill's own `allowed_signers` has a key; empty if
    unreadable."""
    try:
        lines = read_whole(folder / SIGNERS, follow=False).decode("ascii", "replace").splitlines()
    except OSError:
        return set()
    told = [space for line in lines for space in _NAMESPACES.findall(line)]
    return {one for spaces in told for one in spaces.split(",")}


_NAMESPACES = re.compile(r' namespaces="([^"]*)" ')


def missing_of(state: Path) -> set[str]:
    """Return the drills whose record is missing, although it is on the list or a later record names
    it."""
    drills = drills_folder(state)
    listed_here = {path.partition("/")[0] for path in listed(drills) if path.endswith(f"/{RECORD}")}
    named = {one.record.chain.previous for one in records_of(state)} - {""}
    return {name for name in listed_here | named if not (drills / name / RECORD).exists()}


def not_as_listed(drills: Path) -> tuple[str, ...]:
    """Return the drills whose record is on the list, and is now missing or has another hash."""
    found = []
    for path, told in sorted(listed(drills).items()):
        drill, _, file = path.partition("/")
        if file != RECORD:
            continue
        now = ""
        with suppress(OSError):
            now = digest(drills / path)
        if now != told:
            found.append(drill)
    return tuple(found)
