"""The texts about backup sets: a row of the list, and all facts in `set.json`. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from pryv_tui.operations.acts import made_words
from pryv_tui.operations.sets.parent import is_of_use
from pryv_tui.platform.services import users_words
from pryv_tui.sanitize import one_line
from pryv_tui.tui.text.standing import gap_word
from pryv_tui.tui.text.words import (
    MAKING,
    SET,
    age,
    close_by,
    count,
    number,
    roles,
    short_age,
    size,
    time_of_day,
    when,
)
from pryv_tui.vault.beside.pins import kept_words
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.manifest import SetHost, SetManifest
from pryv_tui.vault.set_names import named_otherwise
from pryv_tui.vault.sets import BackupSet

LONG_ROW = 56
"""The width of a row on the narrowest terminal, in cells."""
CHECKS_SHOWN = 8
"""How many of a set's checks are shown: the newest ones."""


def keyed(sets: Iterable[BackupSet]) -> dict[str, BackupSet]:
    """Return the sets by unique, stable keys. Ids are not enough: a partial set may have the id of
    a complete one, and so may another set, here or in a repository."""
    found: dict[str, BackupSet] = {}
    for backup in sets:
        key = f"{backup.id}/{backup.state}"
        if key in found:
            key += f"/{backup.snapshot or 'here'}"
        found[key] = backup
    return found


def being_made(backup: BackupSet, made: Mapping[str, str]) -> str:
    """Return the id of the run that is making this set now; empty if none is.

    Args:
        made: from the id of a set to the id of the run that is making it.
    """
    return made.get(backup.id, "") if backup.state == "partial" else ""


def set_rows(
    sets: Mapping[str, BackupSet],
    made_now: Mapping[str, str],
    by_incidents: Mapping[str, str] = {},
) -> list[tuple[str, Content]]:
    """Return a row for each set, newest first; sets made within a minute show the time to the
    second.

    Args:
        made_now: from the id of a set that is being made to the id of its run.
        by_incidents: from the id of a set that incidents keep to the reason.
    """
    made = [backup.manifest.created if backup.manifest else "" for backup in sets.values()]
    names = Counter(backup.id for backup in sets.values() if backup.state != "partial")
    rows = [
        (
            name,
            set_row(
                backup,
                close,
                namesake=names[backup.id] > 1,
                made_by=being_made(backup, made_now),
                pinned=bool(kept_by(backup, by_incidents)),
            ),
        )
        for (name, backup), close in zip(sets.items(), close_by(made), strict=True)
    ]
    return rows[::-1]


def set_row(
    backup: BackupSet,
    close: bool = False,
    *,
    namesake: bool = False,
    made_by: str = "",
    pinned: bool = False,
) -> Content:
    """Return a set in two lines: its id and its state; then its content, or why it can't be used.

    Args:
        close: whether another set was made less than a minute before or after it.
        namesake: whether another set has the same id: then the snapshot is also shown.
        made_by: the id of the run that is making it now; empty if none.
        pinned: whether something keeps it from every rule.
    """
    word = MAKING if made_by else SET[backup.state]
    manifest = backup.manifest
    first = Content.assemble((f" {backup.id}", "bold"), "  ", (str(word), word.style))
    if cell_len(first.plain) > LONG_ROW:
        # With a long label the state would be beyond the edge of a narrow terminal.
        state = Content.assemble("   ", (str(word), word.style))
        first = Content("\n").join([Content.assemble((f" {backup.id}", "bold")), state])
    if pinned:
        first += Content.assemble(("  pinned", "bold"))
    if namesake and backup.snapshot:
        first += Content.assemble((f"  snapshot {backup.snapshot[:8]}", "$text-warning"))
    if made_by:
        return Content("\n").join([first, Content(f"   by the backup {made_by}")])
    if manifest is None or backup.why_not("restore") is not None:
        unsaid = "it says nothing of itself" if manifest is None else f"it is {backup.state}"
        second = f"   can't be restored: {backup.problem or unsaid}"
        return Content("\n").join([first, Content.assemble((second, word.style))])
    found = backup.verification
    checked = f"verified {short_age(found.time)} ago" if found else _in_part(backup)
    first += Content.assemble((f"  {checked}  {gap_word(backup)}", "$quiet"))
    if backup.repository and not backup.snapshot:
        first += Content.assemble(("  ▲ not sent", "$text-warning"))
    old = f"{short_age(manifest.created)} ago"
    second = " · ".join(
        [
            f"   {time_of_day(manifest.created)}, {old}" if close else f"   {old}",
            *([f"“{manifest.label}”"] if named_otherwise(backup.id, manifest.label) else []),
            size(manifest.bytes),
            roles(manifest.roles),
            manifest.domain,
        ]
    )
    return Content("\n").join([first, Content.assemble((second, "$quiet"))])


def kept_by(backup: BackupSet, by_incidents: Mapping[str, str] = {}) -> str:
    """Return what keeps a set from every rule; empty if nothing does."""
    if backup.state == "partial":
        return ""
    return "; ".join(filter(None, [kept_words(backup.pins), by_incidents.get(backup.id, "")]))


def set_details(
    backup: BackupSet, made_by: str = "", later: Sequence[BackupSet] = (), kept: str = ""
) -> Content:
    """Return all facts about a set, in words.

    Args:
        made_by: the id of the run that is making it now; empty if none.
        later: the sets that were begun after it.
        kept: what keeps it from every rule; empty if nothing does.
    """
    word = MAKING if made_by else SET[backup.state]
    parts: list[Content | str] = [
        Content.assemble((backup.id, "bold"), "  ", (str(word), word.style)),
        f"\n{_place(backup)}\n",
    ]
    if made_by:
        parts.append(
            f"It is {made_words(made_by)}. It is a set, and can be restored, when that run has"
            " come to its end.\n"
        )
    elif backup.problem:
        parts.append(Content.assemble((f"Problem: {backup.problem}\n", "$text-error")))
        if backup.state == "partial":
            parts.append(f"It is no set: nothing is restored from it. {_use(backup, later)}\n")
    parts += [Content.assemble((f"Beside it, {text}\n", "$text-warning")) for text in backup.unread]
    if kept:
        # A set that an open incident names can't be unpinned.
        closed = "" if backup.pin is not None else ", once the incident is closed"
        told = f"No rule takes it: {kept}. P lets it go{closed}.\n"
        parts.append(Content.assemble((told, "bold")))
    found = backup.verification
    if found is not None:
        style = "$text-success" if found.outcome == "good" else "$text-error"
        checked = checked_words(found, backup.manifest)
        parts.append(
            Content.assemble(
                (f"Verified {found.outcome} {age(found.time)}{found.asked_by}: {checked}\n", style),
            )
        )
        parts += [f"  - {problem}\n" for problem in found.problems]
    parts += _checks(backup)
    manifest = backup.manifest
    if manifest is None:
        return Content.assemble(*parts)
    parts += [
        f"Made {age(manifest.created)}, {when(manifest.created)}"
        + (f", label {manifest.label}\n" if manifest.label else "\n"),
        f"Platform {manifest.domain}, {manifest.form}, release {manifest.release or 'unknown'}"
        + (", PRACTICE\n" if manifest.practice else "\n"),
        f"Roles {roles(manifest.roles)}\n",
        f"{count(manifest.files, 'file')}, {size(manifest.bytes)}\n",
    ]
    if manifest.adopted is not None:
        parts.append(
            f"Adopted {age(manifest.adopted.when)}: made by hand, from {manifest.adopted.folder}\n"
        )
        parts += [f"  not known: {line}\n" for line in manifest.adopted.unknown]
    gap = manifest.gap
    if gap.accounts_seconds is not None:
        parts.append(
            f"Gap for accounts {gap.accounts_seconds:.1f} s,"
            f" {_from_to(gap.accounts_from, gap.accounts_to)}\n"
        )
    if gap.data_seconds is not None:
        parts.append(f"Gap for attachments and series {gap.data_seconds:.1f} s\n")
    held = manifest.hold
    if held is not None:
        by = ", let go at the deadline" if held.released_by == "deadline" else ""
        parts.append(f"Held: {held.kind}, for {held.seconds:.1f} s{by}\n")
    parts += [
        Content.assemble((f"Warning: {text}\n", "$text-warning")) for text in manifest.warnings
    ]
    for host in manifest.hosts:
        parts += _host(host)
    return Content.assemble(*parts)


def _use(backup: BackupSet, later: Sequence[BackupSet]) -> str:
    """Return whether what an unfinished backup left is of any use."""
    if is_of_use(backup, later):
        return "The next backup takes over what it can use of it: keep it."
    held = backup.unfinished is not None and backup.unfinished.roots
    why = "later ones hold the same" if held else "it holds nothing that could be taken over"
    return f"No backup uses it, since {why}; to free its room: rm -r {shlex.quote(backup.path)}"


def _in_part(backup: BackupSet) -> str:
    """Return which part was read last of a set that was never verified in full."""
    last = backup.checks[-1] if backup.checks else None
    if last is None:
        return "not verified yet"
    return f"not verified in full; part {last.part} of {last.parts} {last.outcome}"


def checked_words(check: Verification, manifest: SetManifest | None) -> str:
    """Return how much a check has read. For a full check that found everything good, the set's own
    figures are shown: if a file has several names, the check reads more, and a set should show
    only one size."""
    if manifest is not None and check.whole and check.outcome == "good":
        return f"{count(manifest.files, 'file')}, {size(manifest.bytes)}"
    return f"{count(check.files, 'file')}, {size(check.bytes)} read"


def _from_to(start: str, end: str) -> str:
    """Return a span of time to the second. What start and end have in common, a day or everything,
    is shown once."""
    if when(start) == when(end):
        return f"at {when(start)}"
    return f"from {when(start)} to {time_of_day(end) if start[:10] == end[:10] else when(end)}"


def _place(backup: BackupSet) -> str:
    """Return where a set's files are."""
    if not backup.repository:
        return backup.path
    if not backup.snapshot:
        return f"NOT SENT to {backup.repository} yet: on this machine alone, {backup.path}"
    copy = f"a copy here: {backup.path}" if backup.here else "no copy here"
    return f"In {backup.repository}, snapshot {backup.snapshot[:8]}; {copy}"


def _checks(backup: BackupSet) -> list[Content | str]:
    """Return the newest checks of a set, each with its age, who requested it, and what it read."""
    if not backup.checks:
        return []
    parts: list[Content | str] = [Content.assemble(("Checks, the newest first", "bold"), "\n")]
    for check in backup.checks[: -CHECKS_SHOWN - 1 : -1]:
        of = "in full" if check.whole else f"part {check.part} of {check.parts}"
        style = "" if check.outcome == "good" else "$text-error"
        read = checked_words(check, backup.manifest)
        parts.append(
            Content.assemble(
                f"  {age(check.time)}, {of}{check.asked_by}: ",
                (check.outcome, style),
                f"; {read}\n",
            )
        )
    earlier = len(backup.checks) - CHECKS_SHOWN
    if earlier > 0:
        parts.append(f"  and {count(earlier, 'earlier one')}\n")
    return parts


def _host(host: SetHost) -> list[Content | str]:
    parts: list[Content | str] = [
        "\n",
        Content.assemble(
            (f"{host.name}", "bold"), f": {roles(host.roles)}; its root: {host.root}\n"
        ),
        f"  {count(host.files, 'file')}, {count(host.folders, 'folder')},"
        f" {count(host.links, 'link')}, {size(host.bytes)}\n",
    ]
    parts += [f"  {store}: {holding(store, holds)}\n" for store, holds in host.stores.items()]
    parts += [f"  left out, made again empty: {folder.path}\n" for folder in host.recreated]
    parts += [f"  note: {note}\n" for note in host.notes]
    return parts


def holding(store: str, holds: dict[str, Any]) -> str:
    """Return the content of a store of a set, in words."""
    if store == "mongodb":
        collections = holds.get("collections", {})
        each = ", ".join(
            f"{one_line(name)} {number(int(count))}" for name, count in collections.items()
        )
        total = sum(int(count) for count in collections.values())
        return f"{count(total, 'document')} in {count(len(collections), 'collection')} ({each})"
    if store == "influxdb":
        names = holds.get("databases", [])
        return f"{count(len(names), 'database')}, {count(int(holds.get('shards', 0)), 'shard')}"
    if store == "redis":
        return users_words(int(holds.get("users", 0)), bool(holds.get("own")))
    return ", ".join(f"{one_line(name)} {one_line(str(value))}" for name, value in holds.items())
