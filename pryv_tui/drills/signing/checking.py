"""Check that the records of drills were not changed: each record, its signatures, their order.

This finds what the stock commands of `VERIFY.md` find, for every drill at once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pryv_tui.drills.files import KIND, RECORD, Filed, all_drills, drills_folder, read_record
from pryv_tui.drills.signing.order import Line, in_order, named_later, on_the_list, put_back, sound
from pryv_tui.drills.signing.papers import (
    DEBRIEF,
    DEBRIEF_SIGNATURE,
    DEBRIEF_SPACE,
    OPERATOR,
    RECORD_SPACE,
    REVIEW,
    REVIEW_SIGNATURE,
    REVIEW_SPACE,
    REVIEWER,
    SIGNATURE,
    SIGNERS,
    DebriefOnFile,
    ReviewOnFile,
    allowed_spaces,
    debriefs_as,
    digest,
    journal_of,
    read_debrief,
    read_review,
    signature_in,
)
from pryv_tui.drills.signing.ssh import verify
from pryv_tui.drills.signing.unfinished import (
    EVERY,
    OF_DEBRIEF,
    OF_RECORD,
    OF_REVIEW,
    Named,
    named_in,
    unfinished,
)
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import FindingNoted
from pryv_tui.incidents.files import NAME as JOURNAL
from pryv_tui.incidents.files import need_listed, read_events
from pryv_tui.reading import open_file, read_whole


class Signatures(NamedTuple):
    """The signatures beside a drill's record; reading them does not verify them."""

    signed: bool
    operator: str = ""
    """The fingerprint of the operator's key."""
    review: ReviewOnFile | None = None
    reviewer: str = ""
    """The fingerprint of the reviewer's key."""
    debrief: DebriefOnFile | None = None
    """The findings made after the record was written."""
    debriefer: str = ""
    """The fingerprint of the key that signed the debrief."""
    wrong: str = ""
    """What `drill verify` finds wrong with the record; empty if nothing, or if not checked."""

    @property
    def rejected(self) -> str:
        """Who rejected the drill, and for what reason; empty if nobody did. A rejected drill does
        not count."""
        if self.review is None or self.review.verdict != "rejected":
            return ""
        why = f": {self.review.text}" if self.review.text else ""
        return f"REJECTED by {self.review.reviewer}{why}"

    @property
    def warned(self) -> str:
        """The warning at the head of a page; empty if no fault is known."""
        return f"{self.words} ({self.wrong}). As it is there now: " if self.wrong else ""

    @property
    def in_a_list(self) -> str:
        """`words` for a row of a list: in lower case if the drill is not reviewed."""
        return self.words if self.review is not None else self.words.lower()

    @property
    def words(self) -> str:
        """Whether the record is signed and reviewed, in the words that every page uses."""
        if self.wrong:
            return f"NOT WHAT WAS {'SIGNED' if self.signed else 'WRITTEN'}"
        if not self.signed:
            return "UNSIGNED AND UNREVIEWED"
        if self.review is None:
            return "UNREVIEWED"
        verdict = "REJECTED" if self.rejected else self.review.verdict
        return f"{verdict} by {self.review.reviewer}"


def signatures_of(folder: Path) -> Signatures:
    """Read those signatures of a drill that were written completely. None of them is verified."""
    mine, other, found = (
        None if unfinished(folder, of) else signature_in(folder / of.signature)
        for of in (OF_RECORD, OF_REVIEW, OF_DEBRIEF)
    )
    try:
        review = read_review(folder) if other is not None else None
    except PryvTuiError:
        review = None
    try:
        debrief = read_debrief(folder) if found is not None else None
    except PryvTuiError:
        debrief = None
    return Signatures(
        debrief=debrief,
        debriefer=found.fingerprint if found is not None else "",
        signed=mine is not None,
        operator=mine.fingerprint if mine is not None else "",
        review=review,
        reviewer=other.fingerprint if other is not None else "",
    )


Verifier = Callable[[bytes, Path, Path, str, str], str]
"""Checks a signature, given content, signature, signers, identity and namespace. Returns why the
signature is not good; empty if it is good."""


def _by_ssh(content: bytes, signature: Path, signers: Path, identity: str, namespace: str) -> str:
    return verify(content, signature, signers, identity=identity, namespace=namespace)


def check_all(
    state: Path, only: str = "", signers: Path | None = None, verifier: Verifier = _by_ssh
) -> list[Line]:
    """Check the records of all drills, or of one.

    Args:
        only: the id of the one drill to check; empty: all drills.
        signers: a file of trusted signers to use instead of the drills' own.
        verifier: checks each signature.

    Raises:
        PryvTuiError: `program-missing`, there is no ssh-keygen, and something is signed;
            `step-failed`, the drills can't be read.
    """
    lines, filed = read_all(state, only)
    for name, one in filed.items():
        if not only or name == only:
            lines += check_one(one, filed, signers, verifier)
    lines += named_later(drills_folder(state), filed.values(), only)
    lines += on_the_list(drills_folder(state), only, named_in(filed.values()))
    if not only:
        lines += in_order(drills_folder(state), filed.values())
    return sound(lines)


def read_all(state: Path, only: str = "") -> tuple[list[Line], dict[str, Filed]]:
    """Read all records. Return lines about unreadable or missing ones, and the records by folder.

    Args:
        only: the id of the one drill to write lines about; empty: all drills.

    Raises:
        PryvTuiError: `step-failed`, the drills can't be read.
    """
    need_listed(drills_folder(state))
    lines: list[Line] = []
    filed: dict[str, Filed] = {}
    for drill in all_drills(state):
        try:
            found = read_record(Path(drill.folder))
        except PryvTuiError as error:
            if not only or drill.id == only:
                lines.append(Line("failed", drill.id, error.what, way=error.remedy))
            continue
        if found is not None:
            filed[drill.id] = found
        elif not only or drill.id == only:
            lines.append(Line("note", drill.id, "it has no record yet"))
        if not only or drill.id == only:
            _events, problems = read_events(Path(drill.folder))
            told = "some of its findings may be missing"
            lines += [Line("note", drill.id, f"{told}: {problem}") for problem in problems]
    return lines, filed


def has_records(state: Path, only: str = "") -> bool:
    """Whether there is a record to verify, even an unreadable one.

    Args:
        only: the id of the one drill to look at; empty: all drills.
    """
    return any(
        (Path(one.folder) / RECORD).exists()
        for one in all_drills(state)
        if not only or one.id == only
    )


def check_one(
    one: Filed,
    known: dict[str, Filed],
    signers: Path | None = None,
    verifier: Verifier = _by_ssh,
) -> Iterator[Line]:
    """Check a record, its journals, its signatures, and its link to the record before it.

    Args:
        known: all records that can be read, by folder name.
    """
    name, record = one.folder.name, one.record
    named = named_in(known.values())
    own = put_back(name, f"{name}/{RECORD}")
    if record.id != name:
        told = f"its {RECORD} is the record of another drill, {record.id}"
        yield Line("failed", name, told, way=own)
    before = record.chain.previous
    theirs = put_back(before, f"{before}/{RECORD}")
    if before and before not in known:
        told = f"the record before it, {before}, is missing"
        yield Line("failed", name, told, way=theirs, about=before)
    elif before and known[before].sha256 != record.chain.previous_sha256:
        told = f"the record before it, {before}, has changed"
        yield Line("failed", name, told, way=theirs, about=before)
    elif before and known[before].record.chain.number + 1 != record.chain.number:
        told = f"its number does not follow that of {before}, the record before it"
        yield Line("failed", name, told, way=own)
    yield from journals(one)
    yield from _signatures(one, signers, named, verifier)


def journals(one: Filed) -> Iterator[Line]:
    """Compare the journals that a record was made from with their hashes in the record. What was
    appended to a journal later is not compared."""
    name = one.folder.name
    for source in one.record.chain.sources:
        try:
            with open_file(one.folder / journal_of(source.name), follow=False) as file:
                now = hashlib.sha256(file.read(source.bytes)).hexdigest()
        except OSError as error:
            # Runs are removed after some time; a drill's own journal stays as long as the drill.
            own = source.name == KIND and isinstance(error, FileNotFoundError)
            text = f"the journal of {source.name} was not compared: {error.strerror}"
            way = put_back(name, f"{name}/{JOURNAL}") if own else ""
            yield Line("failed" if own else "note", name, text, way=way)
            continue
        if now != source.sha256:
            text = f"the journal of {source.name} does not match its hash in the record"
            path = os.path.normpath(Path(name) / journal_of(source.name))
            yield Line("failed", name, text, way=put_back(name, path))


def _signatures(
    one: Filed, signers: Path | None, named: Named, verifier: Verifier
) -> Iterator[Line]:
    folder, name = one.folder, one.folder.name

    def wrong(text: str, *files: str) -> Line:
        return Line("failed", name, text, way=put_back(name, *(f"{name}/{each}" for each in files)))

    mine, other = folder / SIGNATURE, folder / REVIEW_SIGNATURE
    allowed = signers or folder / SIGNERS
    left = [of for of in EVERY if unfinished(folder, of, named=named)]
    for of in left:
        text = f"a {of.words} was not completely written, and does not count. Make it again: "
        yield Line("note", name, text + of.again.format(name))
    if OF_RECORD in left:
        yield Line("note", name, "UNSIGNED: nobody has confirmed it")
        return
    if not mine.exists():
        yield Line("note", name, "UNSIGNED: nobody has confirmed it")
        if RECORD_SPACE in allowed_spaces(folder):
            yield Line("note", name, _GONE_OR_NEVER.format("signature"))
        if (folder / REVIEW).exists():
            yield wrong("it was reviewed, but the operator's signature is missing", SIGNATURE)
        if (folder / DEBRIEF).exists():
            yield wrong("its debrief is signed, but the record's signature is missing", SIGNATURE)
        return
    content = read_whole(folder / RECORD, follow=False, limit=64 << 20)
    yield _verified(name, content, mine, allowed, OPERATOR, RECORD_SPACE, verifier, RECORD)
    if OF_DEBRIEF not in left:
        yield from _debrief(one, allowed, verifier)
    if OF_REVIEW in left or (not (folder / REVIEW).exists() and not other.exists()):
        yield Line("note", name, "UNREVIEWED")
        if REVIEW_SPACE in allowed_spaces(folder) and OF_REVIEW not in left:
            yield Line("note", name, _GONE_OR_NEVER.format("review"))
        return
    try:
        review = read_review(folder)
        said = read_whole(folder / REVIEW, follow=False)
    except (OSError, PryvTuiError) as error:
        yield wrong(f"its review can't be read: {_told(error)}", REVIEW)
        return
    yield _verified(name, said, other, allowed, REVIEWER, REVIEW_SPACE, verifier, REVIEW)
    if review is None or review.record_sha256 != one.sha256:
        yield wrong("the review is of another record", RECORD, REVIEW)
    elif review.signature_sha256 != digest(mine):
        yield wrong("the operator's signature is not the one that the reviewer saw", SIGNATURE)
    elif review.debrief_sha256 != _digest_if_there(folder / DEBRIEF):
        yield wrong("the debrief is not the one that the reviewer saw", DEBRIEF)
    elif review.verdict == "rejected":
        why = f": {review.text}" if review.text else ""
        yield Line("note", name, f"REJECTED by {review.reviewer}{why}: it does not count as held")
    reviewer = signature_in(other)
    for whose, place in (("operator's", mine), ("debriefer's", folder / DEBRIEF_SIGNATURE)):
        key = signature_in(place)
        if key is not None and reviewer is not None and key.key == reviewer.key:
            yield Line(
                "failed",
                name,
                f"the reviewer signed with the {whose} own key",
                way="Nobody else has reviewed it. Hold another drill, and have it reviewed by"
                " somebody else: pryv-tui drill run",
            )
            return


def _debrief(one: Filed, allowed: Path, verifier: Verifier) -> Iterator[Line]:
    folder, name = one.folder, one.folder.name
    place, signature = folder / DEBRIEF, folder / DEBRIEF_SIGNATURE
    way = put_back(name, f"{name}/{DEBRIEF}", f"{name}/{DEBRIEF_SIGNATURE}")
    if not place.exists() and not signature.exists():
        if DEBRIEF_SPACE in allowed_spaces(folder):
            text = f"its debrief is missing, but {SIGNERS} has a key that signed one"
            yield Line("failed", name, text, way=way)
        return
    try:
        found = read_debrief(folder)
        said = read_whole(place, follow=False)
    except (OSError, PryvTuiError) as error:
        yield Line("failed", name, f"its debrief can't be read: {_told(error)}", way=way)
        return
    whose = debriefs_as(folder)
    yield _verified(name, said, signature, allowed, whose, DEBRIEF_SPACE, verifier, DEBRIEF)
    if found is None or found.record_sha256 != one.sha256:
        yield Line("failed", name, "the debrief is of another record", way=way)
        return
    noted = {each.name for each in read_events(folder)[0] if isinstance(each, FindingNoted)}
    if gone := [each.name for each in found.findings if each.name not in noted]:
        text = f"its journal no longer has {', '.join(gone)}, which its debrief has"
        yield Line("failed", name, text, way=put_back(name, f"{name}/{JOURNAL}"))


def _told(error: OSError | PryvTuiError) -> str:
    return error.what if isinstance(error, PryvTuiError) else error.strerror or str(error)


def _digest_if_there(path: Path) -> str:
    return digest(path) if path.exists() else ""


def _verified(
    name: str,
    content: bytes,
    signature: Path,
    allowed: Path,
    identity: str,
    space: str,
    verifier: Verifier,
    file: str,
) -> Line:
    """Check one signature.

    Args:
        file: the signed file. Only for a debrief is it named in the result, since another person
            may sign that.
    """
    what = file if file == DEBRIEF else ""
    of = f" of {what}" if what else ""
    if not signature.exists():
        way = put_back(name, f"{name}/{signature.name}")
        return Line("failed", name, f"the {identity}'s signature{of} is missing", way=way)
    if not allowed.exists():
        text = f"{allowed.name} is missing, so it is not known whose key signed"
        return Line("failed", name, text, way=put_back(name, f"{name}/{allowed.name}"))
    wrong = verifier(content, signature, allowed, identity, space)
    key = signature_in(signature)
    if wrong:
        text = f"the {identity}'s signature{of} is not good: {wrong}"
        way = put_back(name, f"{name}/{file}", f"{name}/{signature.name}")
        return Line("failed", name, text, way=way)
    whose = f"signed by the {identity}'s key {key.fingerprint if key else ''}"
    return Line("ok", name, f"{what} is {whose}" if what else whose)


_GONE_OR_NEVER = (
    f"{SIGNERS} has a key for a {{}}, but there is none: it was removed, or not written"
)
"""The text about a signer's key without a signature. An earlier version wrote the key first, so an
interrupted write left it without a signature."""


def in_json(line: Line) -> dict[str, Any]:
    """Return a line as JSON for programs."""
    told = {"level": line.level, "drill": line.drill, "text": line.text}
    return told | ({"remedy": line.way} if line.way else {})
