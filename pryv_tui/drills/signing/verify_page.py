"""`VERIFY.md`: how to verify a record with stock commands, without this program. Pure."""

from __future__ import annotations

import shlex

from pryv_tui.drills.files import KIND, RECORD
from pryv_tui.drills.model import Record
from pryv_tui.drills.signing.papers import (
    DEBRIEF,
    DEBRIEF_SIGNATURE,
    DEBRIEF_SPACE,
    OPERATOR,
    QUERY,
    RECORD_SPACE,
    REVIEW,
    REVIEW_SIGNATURE,
    REVIEW_SPACE,
    REVIEWER,
    SIGNATURE,
    SIGNERS,
    SUMS,
    journal_of,
)
from pryv_tui.drills.signing.unfinished import proves_nothing
from pryv_tui.incidents.report.page import plain

_HASH = "$(sha256sum < {} | cut -c1-64)"


def commands(
    record: Record, *, signed: bool, reviewed: bool, debriefed: str = ""
) -> list[tuple[str, str]]:
    """Return pairs of what a command proves and the command itself, for a shell in the drill's
    folder.

    Args:
        debriefed: the identity that signed the debrief; empty if there is none.
    """
    before = record.chain.previous
    found = [
        (
            "No record, signature, review or page is missing or changed",
            f"(cd .. && sha256sum -c {SUMS})",
        ),
        (f"It is the record of {record.id}", f'grep -qF \'"id": "{record.id}"\' {RECORD}'),
    ]
    if before:
        told = _HASH.format(f"../{before}/{RECORD}")
        found.append(
            (
                f"It follows the record of {before}, which has not changed",
                f'grep -qF "\\"previous_sha256\\": \\"{told}\\"" {RECORD}',
            )
        )
    else:
        found.append(("It is the first one", f'grep -qF \'"previous": ""\' {RECORD}'))
    for source in record.chain.sources:
        path = shlex.quote(journal_of(source.name))
        told = f"$(head -c {source.bytes} {path} | sha256sum | cut -c1-64)"
        own = source.name == KIND
        found.append(
            (
                f"The part of the journal of {source.name} from which the record was made has not"
                f" changed{'' if own else ' (the run may have been removed since)'}",
                f"test {'-e' if own else '! -e'} {path} {'&&' if own else '||'}"
                f' grep -qF "\\"sha256\\": \\"{told}\\"" {RECORD}',
            )
        )
    named = {(paper.drill, paper.name) for paper in record.chain.papers}
    for paper in record.chain.papers:
        if proves_nothing(paper, named):
            continue
        path = shlex.quote(f"../{paper.drill}/{paper.name}")
        told = f"$(sha256sum < {path} | cut -c1-64)"
        found.append(
            (
                f"{paper.name} of {paper.drill} has not changed since this record was made",
                f'test -e {path} && grep -qF "\\"sha256\\": \\"{told}\\"" {RECORD}',
            )
        )
    if signed:
        found.append(
            (
                "The operator has signed it",
                f"ssh-keygen -Y verify -f {SIGNERS} -I {OPERATOR} -n {RECORD_SPACE}"
                f" -s {SIGNATURE} < {RECORD}",
            )
        )
    if debriefed:
        found += [
            (
                "The debrief, with the findings, is signed",
                f"ssh-keygen -Y verify -f {SIGNERS} -I {debriefed} -n {DEBRIEF_SPACE}"
                f" -s {DEBRIEF_SIGNATURE} < {DEBRIEF}",
            ),
            ("The debrief names this record", _names("record_sha256", RECORD, DEBRIEF)),
        ]
    if reviewed and debriefed:
        found.append(("The reviewer saw this debrief", _names("debrief_sha256", DEBRIEF)))
    if reviewed:
        found += [
            (
                "A reviewer has signed a review",
                f"ssh-keygen -Y verify -f {SIGNERS} -I {REVIEWER} -n {REVIEW_SPACE}"
                f" -s {REVIEW_SIGNATURE} < {REVIEW}",
            ),
            ("The review names this record", _names("record_sha256", RECORD)),
            ("The review names the operator's signature", _names("signature_sha256", SIGNATURE)),
            (
                "The two keys are different",
                f"test -z \"$(awk '{{print $4}}' {SIGNERS} | sort | uniq -d)\"",
            ),
        ]
    return found


def _names(field: str, file: str, where: str = REVIEW) -> str:
    return f'grep -qF "\\"{field}\\": \\"{_HASH.format(file)}\\"" {where}'


def page(
    record: Record,
    *,
    signed: bool,
    reviewed: bool,
    stamped: bool,
    rejected: str = "",
    debriefed: str = "",
) -> str:
    """Return the text of the page, with a newline at its end.

    Args:
        debriefed: the identity that signed the debrief; empty if there is none.
    """
    lines = [
        f"# How the record of the drill {record.id} is verified",
        "",
        "Run these commands in this folder, with the other drills' folders beside it. Each one has"
        " to exit with 0. They need only coreutils, grep, awk, and ssh-keygen of OpenSSH 8.0 or"
        " later. To do the same with pryv-tui: pryv-tui drill verify",
        "",
    ]
    if record.simulated:
        lines += [f"**{record.simulated}**", ""]
    for what, command in commands(record, signed=signed, reviewed=reviewed, debriefed=debriefed):
        lines += [f"{what}:", "", "```sh", command, "```", ""]
    if not signed:
        lines += [
            "**UNSIGNED**: nobody has confirmed this record. The hashes show only accidents.",
            "",
        ]
    if rejected:
        lines += [f"**{plain(rejected)}**. It does not count as held.", ""]
    if not reviewed:
        lines += ["**UNREVIEWED**: only those who held the drill have looked at it.", ""]
    lines += [
        "## What this does not prove",
        "",
        f"- Whose the keys in `{SIGNERS}` are: that file is beside the record. Compare them"
        " (`ssh-keygen -lf allowed_signers`) with what the operator and the reviewer tell you,"
        " or use a list of your own in its place (`-f`).",
        f"- Whoever can write here can replace all of it, `../{SUMS}` too."
        + (" What was signed can't be made again without the keys." if signed else ""),
        "- That nothing was removed here since the newest drill was recorded: only the records of"
        " later drills name a signature, a debrief or a review. A review also names its debrief.",
        f"- Anything about these parts, which are neither signed nor on `../{SUMS}`: journal lines"
        " written after the record was made, the runs of a scenario, the list of erased"
        " accounts.",
        "- When it was signed: the signature holds no time."
        + (
            f" `{QUERY}` is a query for a time-stamping authority (RFC 3161); its answer"
            f" (`record.tsr`) is verified by `openssl ts -verify -data {RECORD} -in record.tsr"
            " -CAfile CA.pem`."
            if stamped
            else ""
        ),
        "",
    ]
    return "\n".join(lines)
