"""Sign a record as the operator who performed the drill, and countersign it as a reviewer."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.drills import files
from pryv_tui.drills.files import RECORD, Filed
from pryv_tui.drills.findings import actions_of
from pryv_tui.drills.model import Action
from pryv_tui.drills.noting.comparing import Compared, names_about
from pryv_tui.drills.noting.kept import write_typed
from pryv_tui.drills.noting.written import let_in
from pryv_tui.drills.privacy import UNCOMPARED, Names, clean_text, lacks_some, ours_in, withheld
from pryv_tui.drills.report.writing import write_pages
from pryv_tui.drills.signing import papers
from pryv_tui.drills.signing.papers import DebriefOnFile, ReviewOnFile, Verdict
from pryv_tui.drills.signing.ssh import read_signature, sign
from pryv_tui.drills.signing.standing import wrong_with
from pryv_tui.drills.signing.unfinished import (
    OF_DEBRIEF,
    OF_RECORD,
    OF_REVIEW,
    Named,
    Signing,
    named_in,
    stands,
)
from pryv_tui.drills.words import sign_command
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.incidents import files as incidents
from pryv_tui.incidents.files import not_written, read_events
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.reading import read_whole
from pryv_tui.who import who_is_here


def sign_drill(settings: Settings, drill: str, key: Path) -> Filed:
    """Sign a record with the operator's key, and also the debrief: the findings made since the
    record was written.

    If the record is already signed (by a timer), only the debrief is signed.

    Raises:
        PryvTuiError: `refused`, there is no record, it was changed, it is signed and there is no
            debrief to sign, or it is reviewed already; what `ssh.sign` raises.
    """
    filed = _filed(settings, drill)
    folder = filed.folder
    state = Path(settings.state)
    _need_good(state, drill)
    let_in(settings, drill)
    named = named_in(files.records_of(state))
    signed = stands(folder, OF_RECORD, named=named)
    found = _found_unsigned(filed, named)
    if signed:
        _need_to_sign(folder, drill, found, reviewed=stands(folder, OF_REVIEW, named=named))
    content = read_whole(folder / RECORD, follow=False, limit=files.LARGEST)
    made = None if signed else sign(content, key, papers.RECORD_SPACE)
    debrief = papers.encode(_debrief(settings, filed, found)) if found else b""
    of_debrief = sign(debrief, key, papers.DEBRIEF_SPACE) if found else b""
    try:
        with incidents.locked(state, files.FOLDER):
            if made is not None and stands(folder, OF_RECORD, named=named):
                return filed  # Signed a moment ago, by the run's worker or somebody else.
            if made is not None:
                _keep_signature(folder, made)
            if found:
                _keep_debrief(folder, debrief, of_debrief)
            write_pages(filed, settings.given)
    except OSError as error:
        whole = stands(folder, OF_DEBRIEF if found else OF_RECORD, named=named)
        raise _in_part(state, drill, OF_RECORD, error, whole=whole) from error
    return filed


def need_to_sign(settings: Settings, drill: str) -> None:
    """Refuse, before a person is asked for findings, if they could not be signed.

    Raises:
        PryvTuiError: `refused`, a new finding could not be signed: the drill has no good record, or
            is reviewed already.
    """
    filed = _filed(settings, drill)
    state = Path(settings.state)
    _need_good(state, drill)
    named = named_in(files.records_of(state))
    if stands(filed.folder, OF_RECORD, named=named) and stands(
        filed.folder, OF_REVIEW, named=named
    ):
        _need_to_sign(filed.folder, drill, _found_unsigned(filed, named), reviewed=True)


def _found_unsigned(filed: Filed, named: Named) -> list[Action]:
    """Return the findings to sign as the debrief; empty if a debrief is already signed."""
    return [] if stands(filed.folder, OF_DEBRIEF, named=named) else found_since(filed)


def found_since(filed: Filed) -> list[Action]:
    """Return all findings if the record lacks one that is not closed; else an empty list."""
    events, _problems = read_events(filed.folder)
    now = actions_of(events)
    return now if any(one not in filed.record.actions and not one.closed for one in now) else []


def closed_since(filed: Filed) -> bool:
    """Whether a closed finding differs from the record: it was made or closed after the record."""
    events, _problems = read_events(filed.folder)
    return any(one.closed and one not in filed.record.actions for one in actions_of(events))


def _need_to_sign(folder: Path, drill: str, found: Sequence[Action], *, reviewed: bool) -> None:
    if not found:
        raise PryvTuiError(
            "refused",
            f"the record of the drill {drill} is already signed",
            f"See whose key signed it, and if the signature is good: pryv-tui drill verify {drill}",
        )
    if reviewed:
        raise PryvTuiError(
            "refused",
            f"the drill {drill} is already reviewed, so findings that its record lacks can't be"
            " signed any more: the reviewer did not see them",
            "The findings are kept without a signature. To see them: pryv-tui drill actions --all",
        )


def _debrief(settings: Settings, filed: Filed, found: Sequence[Action]) -> DebriefOnFile:
    """Return the debrief to sign: the findings without account names, as in the record."""
    compared = names_about(settings, filed.record.id)
    names, by = compared.names, who_is_here().name
    findings = tuple(
        msgspec.structs.replace(
            one, **{name: clean_text(getattr(one, name), names)[0] for name in _TYPED}
        )
        for one in found
    )
    if compared.why:
        findings = withheld(findings, {*ours_in(filed.record), by})
    return DebriefOnFile(
        drill=filed.record.id,
        record_sha256=filed.sha256,
        by=by,
        debriefed=timestamp(),
        findings=findings,
        not_compared=_why(compared) if any(map(_lacks_words, findings)) else "",
    )


_TYPED = ("text", "owner", "retest", "closed_text")


def _why(compared: Compared) -> str:
    """Return why texts could not be compared with account names, without personal data."""
    return clean_text(compared.why, compared.names)[0]


def _lacks_words(one: Action) -> bool:
    return UNCOMPARED in {getattr(one, name) for name in _TYPED}


def _keep_signature(folder: Path, made: bytes) -> None:
    write_durably(folder / papers.SIGNATURE, made)
    _stamp(folder)
    key = read_signature(made)
    papers.allow(folder, papers.OPERATOR, papers.RECORD_SPACE, key, papers.SIGNATURE)


def _keep_debrief(folder: Path, debrief: bytes, made: bytes) -> None:
    write_durably(folder / papers.DEBRIEF_SIGNATURE, made)
    write_durably(folder / papers.DEBRIEF, debrief)
    identity, spaces = papers.debriefs_as(folder), papers.DEBRIEF_SPACE
    if identity == papers.OPERATOR:
        spaces = f"{papers.RECORD_SPACE},{spaces}"
    papers.allow(folder, identity, spaces, read_signature(made), *OF_DEBRIEF.names)


def review_drill(
    settings: Settings, drill: str, key: Path, *, verdict: Verdict, text: str = "", by: str = ""
) -> ReviewOnFile:
    """Countersign a record with a reviewer's key, which must differ from the operator's and the
    debriefer's.

    The signed review contains the hashes of the record, the operator's signature and the debrief.

    Args:
        by: the reviewer's name; empty: the name of the user who runs the program.

    Raises:
        PryvTuiError: `usage`, `by` contains an address or a secret; `refused`, there is no record,
            it was changed, it is not signed, it is reviewed already, or the key is the operator's
            or the debriefer's; what `ssh.sign` raises.
    """
    filed = _filed(settings, drill)
    folder = filed.folder
    state = Path(settings.state)
    _need_good(state, drill)
    named = named_in(files.records_of(state))
    if not stands(folder, OF_RECORD, named=named):
        raise PryvTuiError(
            "refused",
            f"nobody has signed the record of the drill {drill} yet",
            "First, whoever held the drill signs it: "
            + sign_command(drill, has_key=bool(settings.drill_key)),
        )
    if stands(folder, OF_REVIEW, named=named):
        raise PryvTuiError(
            "refused",
            f"the drill {drill} is already reviewed",
            f"Read the review: pryv-tui drill report {drill}",
        )
    if lacks_some(clean_text(by, Names())[0]):
        raise PryvTuiError(
            "usage",
            "the reviewer's name contains an address or a secret, and would appear in the evidence",
            "Give only a name: --by NAME",
        )
    compared = names_about(settings, drill)
    said, _many = clean_text(text, compared.names)
    if text and compared.why:
        said = UNCOMPARED
    there = stands(folder, OF_DEBRIEF, named=named)
    review = ReviewOnFile(
        debrief_sha256=papers.digest(folder / papers.DEBRIEF) if there else "",
        drill=drill,
        record_sha256=filed.sha256,
        signature_sha256=papers.digest(folder / papers.SIGNATURE),
        reviewer=by or who_is_here().name,
        reviewed=timestamp(),
        verdict=verdict,
        text=said,
        not_compared=_why(compared) if said == UNCOMPARED else "",
    )
    content = papers.encode(review)
    made = sign(content, key, papers.REVIEW_SPACE)
    told = read_signature(made)
    for who, signature in _BEFORE:
        mine = papers.signature_in(folder / signature)
        if mine is None or mine.key != told.key:
            continue
        raise PryvTuiError(
            "refused",
            f"{key} is the key with which the {who} signed the drill {drill}",
            "A review has to be made by somebody else: sign it with the reviewer's own key.",
        )
    try:
        with incidents.locked(state, files.FOLDER):
            if said != text and lacks_some(said):
                write_typed(state, drill, [text])
            write_durably(folder / papers.REVIEW_SIGNATURE, made)
            write_durably(folder / papers.REVIEW, content)
            papers.allow(folder, papers.REVIEWER, papers.REVIEW_SPACE, told, *OF_REVIEW.names)
            write_pages(filed, settings.given)
    except OSError as error:
        whole = stands(folder, OF_REVIEW, named=named)
        raise _in_part(state, drill, OF_REVIEW, error, whole=whole) from error
    return review


_BEFORE = (
    (papers.OPERATOR, papers.SIGNATURE),
    (papers.DEBRIEFER, papers.DEBRIEF_SIGNATURE),
)
"""Who signed before the reviewer, and in which file: the reviewer must not use the same key."""


def need_said(verdict: Verdict, text: str) -> None:
    """Refuse a review text of one word. A review that accepts may have no text. Whoever reads the
    review years later needs to know what was examined.

    Raises:
        PryvTuiError: `usage`, the text is one word, or a rejection has no text.
    """
    words = text.split()
    if len(words) == 1 or (verdict == "rejected" and not words):
        told = f"the review {text.strip()!r} does not say" if words else "a rejection has to say"
        raise PryvTuiError(
            "usage",
            f"{told} what was looked at and what was found",
            "After the drill's name, write a sentence: for example that you compared the checks"
            " with the criteria, or which criterion is not met.",
        )


def _need_good(state: Path, drill: str) -> None:
    """Refuse a record that was changed: nobody should sign it without knowing.

    Raises:
        PryvTuiError: `refused`.
    """
    wrong = [line.text for line in wrong_with(state, drill) if not line.unfinished]
    if wrong:
        raise PryvTuiError(
            "refused",
            f"the record of the drill {drill} is not as it was written: {wrong[0]}",
            f"To see each fault: pryv-tui drill verify {drill}",
        )


def _in_part(state: Path, drill: str, of: Signing, error: OSError, *, whole: bool) -> PryvTuiError:
    """Return the error for a signature or its pages that could not be written completely.

    Args:
        whole: whether the signature was written completely, so that only its pages are missing.
    """
    told = not_written(state, error)
    way, again = told.remedy.rstrip("."), of.again.format(drill)
    why = "its disk is full" if told.name == "disk-full" else error.strerror or str(error)
    if whole:
        return PryvTuiError(
            told.name,
            f"the {of.words} of the drill {drill} is written, its pages in {state} are not: {why}",
            f"{way}; then, to write the pages: pryv-tui drill list",
        )
    return PryvTuiError(
        told.name,
        f"the {of.words} of the drill {drill} was not completely written in {state}: {why}. It"
        " does not count",
        f"{way}; then make it again: {again}",
    )


def _filed(settings: Settings, drill: str) -> Filed:
    filed = files.read_record(files.folder_of(Path(settings.state), drill))
    if filed is None:
        raise PryvTuiError(
            "refused",
            f"the drill {drill} has no record yet",
            "The record is written when the drill ends. See how far it is: pryv-tui drill list",
        )
    return filed


def _stamp(folder: Path) -> None:
    """Write a query for a time-stamping authority, if openssl is installed. Nothing is sent."""
    words = ["openssl", "ts", "-query", "-data", str(folder / RECORD), "-sha256", "-cert"]
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except OSError:
        return  # The query is optional: without it the signature has no time, as VERIFY.md says.
    if done.returncode == 0 and done.stdout:
        write_durably(folder / papers.QUERY, done.stdout)
