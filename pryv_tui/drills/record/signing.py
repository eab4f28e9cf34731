"""A record is signed by who held the drill, and countersigned by somebody else."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pryv_tui.clock import timestamp
from pryv_tui.drills import files
from pryv_tui.drills.files import RECORD, Filed
from pryv_tui.drills.privacy import UNCOMPARED, clean_text
from pryv_tui.drills.record.accounts import names_of
from pryv_tui.drills.report.writing import write_pages
from pryv_tui.drills.signing import papers
from pryv_tui.drills.signing.checking import check_all
from pryv_tui.drills.signing.papers import ReviewOnFile, Verdict
from pryv_tui.drills.signing.ssh import read_signature, sign
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.incidents import files as incidents
from pryv_tui.incidents.files import not_written
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.reading import read_whole
from pryv_tui.who import who_is_here


def sign_drill(settings: Settings, drill: str, key: Path) -> Filed:
    """Sign a record with the operator's key.

    Raises:
        PryvTuiError: `refused`, it has no record, or is signed; what `ssh.sign` raises.
    """
    filed = _filed(settings, drill)
    folder = filed.folder
    if (folder / papers.SIGNATURE).exists():
        raise PryvTuiError(
            "refused",
            f"the record of the drill {drill} is signed",
            f"See by whose key, and whether it is good: pryv-tui drill verify {drill}",
        )
    state = Path(settings.state)
    _need_good(state, drill)
    content = read_whole(folder / RECORD, follow=False, limit=files.LARGEST)
    made = sign(content, key, papers.RECORD_SPACE)
    told = read_signature(made)
    try:
        with incidents.locked(state, files.FOLDER):
            papers.allow(folder, papers.OPERATOR, papers.RECORD_SPACE, told)
            write_durably(folder / papers.SIGNATURE, made)
            _stamp(folder)
            papers.enlist(folder, papers.SIGNATURE, papers.SIGNERS)
            write_pages(filed, settings.given)
    except OSError as error:
        raise not_written(state, error) from error
    return filed


def review_drill(
    settings: Settings, drill: str, key: Path, *, verdict: Verdict, text: str = "", by: str = ""
) -> ReviewOnFile:
    """Countersign a record with a reviewer's key, which is another one than the operator's.

    What is signed holds the hash of the record and of the operator's signature.

    Args:
        by: who reviews; who is here.

    Raises:
        PryvTuiError: `refused`, there is no record, nobody has signed it, it is reviewed, it is not
            what was signed, or the key is the operator's own; what `ssh.sign` raises.
    """
    filed = _filed(settings, drill)
    folder = filed.folder
    if not (folder / papers.SIGNATURE).exists():
        raise PryvTuiError(
            "refused",
            f"nobody has signed the record of the drill {drill} yet",
            f"Who held the drill signs it first: pryv-tui drill sign {drill} --key KEY",
        )
    if (folder / papers.REVIEW).exists():
        raise PryvTuiError(
            "refused",
            f"the drill {drill} is reviewed",
            f"Read the review: pryv-tui drill report {drill}",
        )
    state = Path(settings.state)
    _need_good(state, drill)
    names, enough = names_of(settings, filed.record.set.id)
    said, _many = clean_text(text, names)
    review = ReviewOnFile(
        drill=drill,
        record_sha256=filed.sha256,
        signature_sha256=papers.digest(folder / papers.SIGNATURE),
        reviewer=by or who_is_here().name,
        reviewed=timestamp(),
        verdict=verdict,
        text=said if enough or not text else UNCOMPARED,
    )
    content = papers.encode(review)
    made = sign(content, key, papers.REVIEW_SPACE)
    mine = papers.signature_in(folder / papers.SIGNATURE)
    told = read_signature(made)
    if mine is not None and mine.key == told.key:
        raise PryvTuiError(
            "refused",
            f"{key} is the key with which the operator signed the drill {drill}",
            "A review is somebody else's: sign it with the reviewer's own key, --key KEY",
        )
    try:
        with incidents.locked(state, files.FOLDER):
            papers.allow(folder, papers.REVIEWER, papers.REVIEW_SPACE, told)
            write_durably(folder / papers.REVIEW_SIGNATURE, made)
            write_durably(folder / papers.REVIEW, content)
            papers.enlist(folder, papers.REVIEW, papers.REVIEW_SIGNATURE, papers.SIGNERS)
            write_pages(filed, settings.given)
    except OSError as error:
        raise not_written(state, error) from error
    return review


def _need_good(state: Path, drill: str) -> None:
    """Raise `refused` where a record is not what was written: nobody stands for that unawares."""
    wrong = [line.text for line in check_all(state, drill) if line.level == "failed"]
    if wrong:
        raise PryvTuiError(
            "refused",
            f"the record of the drill {drill} is not what was written: {wrong[0]}",
            f"See all of it: pryv-tui drill verify {drill}",
        )


def _filed(settings: Settings, drill: str) -> Filed:
    filed = files.read_record(files.folder_of(Path(settings.state), drill))
    if filed is None:
        raise PryvTuiError(
            "refused",
            f"the drill {drill} has no record yet",
            "It gets one when it is over. See how it stands: pryv-tui drill list",
        )
    return filed


def _stamp(folder: Path) -> None:
    """Make a query for a time-stamping authority, where openssl is there: nothing is sent."""
    words = ["openssl", "ts", "-query", "-data", str(folder / RECORD), "-sha256", "-cert"]
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except OSError:
        return  # It is an extra: without it the signature tells no time, as VERIFY.md says.
    if done.returncode == 0 and done.stdout:
        write_durably(folder / papers.QUERY, done.stdout)
