"""The overview in words: what it shows of a platform, as rows and lines. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from textual.content import Content

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.backup_words import brief
from pryv_tui.operations.overview.last_backup import BROKEN, LastBackup
from pryv_tui.operations.overview.overview import FolderSize, Overview
from pryv_tui.operations.sets.missing_roles import gone_words
from pryv_tui.phrases import counted
from pryv_tui.platform.roles import CONFIG_FOLLOWER, ROLES, Role
from pryv_tui.tui.text.hints import Keyed
from pryv_tui.tui.text.lines import Para
from pryv_tui.tui.text.words import (
    CONTAINER,
    FOLDER,
    HELD,
    LEVEL,
    Word,
    age,
    brief_age,
    count,
    fit,
    fit_end,
    roles,
    short_age,
    size,
)
from pryv_tui.vault.sets import BackupSet

Row = tuple[str, Content, bool]

_ROLES: Mapping[str, Role] = {str(name): role for name, role in ROLES.items()}
"""By a name that a set may say: the same."""

_STATES = ("failed", "warning", "info")


def summary(found: Overview) -> Content:
    """Four lines that answer: is it up, is it backed up, can it be restored, what needs me."""
    return Content("\n").join(
        [_up(found), _backup(found), _restorable(found), _needs(found.attention)]
    )


def _line(label: str, word: Word, text: str) -> Content:
    return Content.assemble(
        (f" {fit(label, 13)}", "bold"), (f"{word.glyph} {word.word}", word.style), (f"  {text}", "")
    )


def _up(found: Overview) -> Content:
    deployment = found.deployment
    away = [state.name for state in deployment.hosts if not state.reachable]
    every = [c for state in deployment.hosts for c in state.containers]
    busy = found.going_on
    held = sum(
        busy.holds(state.name, c) for state in deployment.hosts for c in state.containers
    ) if busy is not None else 0  # fmt: skip
    run = sum(c.running for c in every)
    if away:
        return _line("Platform", Word("✗", "unknown", "$text-error"),
                     f"no engine answers on {', '.join(away)}")  # fmt: skip
    if not every:
        return _line("Platform", Word("○", "nothing here", "$text-warning"),
                     "no container of a Pryv.io platform")  # fmt: skip
    lost = found.lost
    if lost:
        word = Word("▲", "incomplete", "$text-error")
        before = _known_before(found)
        of = f"{len(every)} of {before}" if before > len(every) else str(len(every))
        down = f", {len(every) - run} down" if run < len(every) else ""
        left = f"container{' is' if len(every) == 1 else 's are'} left"
        return _line("Platform", word, f"{gone_words(lost)}; {of} {left}{down}")
    text = f"{run} of {count(len(every), 'container')} run · {roles(deployment.roles)}"
    if busy is not None and held:
        text = f"{run} of {count(len(every), 'container')} run, {held} held by the {busy.kind}"
        if run + held == len(every):
            # Nobody notices that the config follower alone is held.
            notable = any(not c.running and c.service != CONFIG_FOLLOWER for c in every)
            return _line("Platform", HELD if notable else Word("●", "up", "$text-success"), text)
    if run < len(every):
        return _line("Platform", Word("▲", "not all up", "$text-warning"), text)
    return _line("Platform", Word("●", "up", "$text-success"), text)


def _known_before(found: Overview) -> int:
    """How many containers the platform had when what is gone was backed up; 0 if unknown."""
    holders = [one.manifest for one in found.sets if one.id in found.lost.values() and one.manifest]
    return max((sum(len(host.images) for host in one.hosts) for one in holders), default=0)


def _backup(found: Overview) -> Content:
    tried = found.backup
    if tried is not None and tried.pressing:
        return _line("Last backup", *_pressing(tried))
    if tried is not None and tried.state == "not_known":
        return _line("Last backup", Word("?", "not known", "$text-warning"), "see Attention")
    if found.last is None or found.last.manifest is None:
        return _line("Last backup", Word("○", "none", "$text-warning"), "the vault holds no set")
    manifest = found.last.manifest
    lacks = tried is not None and tried.state == "incomplete"
    old = lacks or any(item.old_backup for item in found.attention if item.level == "warning")
    without = [role for role in found.lost if role not in manifest.roles]
    word = Word("▲" if old or without else "✓", age(manifest.created),
                "$text-warning" if old or without else "$text-success")  # fmt: skip
    parts = [size(manifest.bytes), gap_word(found.last)]
    if without:
        parts.insert(0, f"WITHOUT {roles(without)}")
    return _line("Last backup", word, " · ".join(parts))


def _pressing(tried: LastBackup) -> tuple[Word, str]:
    """That tries failed, or that one is overdue: before how old the newest set is."""
    parts = []
    if len(tried.tries) > 1:
        parts.append(f"{counted(len(tried.tries), 'try', 'tries')} made no set")
    if tried.overdue and tried.state != "overdue":
        parts.append("overdue")
    newest = tried.newest.manifest if tried.newest is not None else None
    if newest is not None:
        parts.append(f"newest set {brief_age(newest.created)}")
    else:
        parts.append("sets not known" if tried.in_doubt else "no set")
    if tried.going_on:
        return Word("▶", "being taken now", "$text-primary"), " · ".join([brief(tried), *parts])
    broken = tried.state in BROKEN
    word = Word("✗" if broken else "▲", brief(tried), "$text-error" if broken else "$text-warning")
    return word, " · ".join(parts)


def gap_word(backup: BackupSet) -> str:
    """The gap of a set between two roles, in a few words."""
    gap = backup.manifest.gap.accounts_seconds if backup.manifest else None
    return "gap not known" if gap is None else f"gap {gap:.1f} s"


def _restorable(found: Overview) -> Content:
    """What is known of whether the last set can be restored: its check, and a restore from here."""
    word = Word("○", "no set", "$text-warning")
    if found.last is not None:
        check = found.last.verification
        if check is None:
            word = Word("○", "last set not verified since made", "$text-warning")
        elif check.outcome == "good":
            word = Word("✓", f"last set verified {brief_age(check.time)}", "$text-success")
        else:
            word = Word("✗", f"last set found damaged {brief_age(check.time)}", "$text-error")
    return _line("Restore", word, _restored(found))


def _restored(found: Overview) -> str:
    """The last restore from here; one that was undone afterwards speaks for the set as well."""
    if found.then_undone > found.restored:
        return f"restored {brief_age(found.then_undone)}, then undone"
    return (
        f"restored from here {brief_age(found.restored)}"
        if found.restored
        else "never restored from here"
    )


def _needs(items: Sequence[Attention]) -> Content:
    pressing = [item for item in items if item.level != "info"]
    if not pressing:
        notes = count(len(items), "note") + " below" if items else ""
        return _line("Attention", Word("✓", "nothing urgent", "$text-success"), notes)
    worst = LEVEL[pressing[0].level]
    return _line("Attention", Word(worst.glyph, f"{len(pressing)}", worst.style), pressing[0].text)


def attention_text(items: Sequence[Attention], keyed: Keyed) -> list[Para]:
    """Everything that needs a person, with its remedy; what can be done here is said as keys."""
    if not items:
        return [Para(2, Content.assemble(("✓ nothing urgent", "$text-success")))]
    parts: list[Para] = []
    for item in items:
        word = LEVEL[item.level]
        remedy = keyed(item.remedy)
        parts.append(Para(2, Content.assemble((f"{word} ", word.style), (item.text, ""))))
        if item.remedy:
            parts.append(Para(4, Content.assemble(("  → ", "bold"), (remedy, "$quiet"))))
    return parts


def container_rows(
    deployment: Deployment,
    going_on: GoingOn | None = None,
    lost: Mapping[str, str] = MappingProxyType({}),
) -> list[Row]:
    """Per host and role a heading and its containers; a container is named once, with the first
    role that has it. A role that is gone keeps its place, with the set that holds it.

    Args:
        lost: roles that are not here, each with the newest set that holds it.
    """
    rows: list[Row] = [_gone_row(role, held_in) for role, held_in in lost.items()]
    for state in deployment.hosts:
        named: set[str] = set()
        # What a lost role had together with others does not move to one of these.
        shared = [c for c in state.containers if _shared(c, lost, state.roles)]
        if shared:
            rows.append(_heading(f"{state.name}/+", "Shared", state, shared))
            rows += [_container_row(state, c, going_on) for c in shared]
            named.update(c.name for c in shared)
        for role in state.roles:
            mine = [
                c
                for c in state.containers
                if c.service in ROLES[role].services and c.name not in named
            ]
            if role in lost and not mine:
                continue
            named.update(c.name for c in mine)
            title = ROLES[role].title
            if role in lost:  # containers without its files
                title = f"What is left of {role}"
            rows.append(_heading(f"{state.name}/{role}", title, state, mine))
            rows += [_container_row(state, c, going_on) for c in mine]
        rest = [c for c in state.containers if c.name not in named]
        if rest or not state.roles:
            what = "register replica" if state.replica else "no role" if not rest else "others"
            reason = "" if state.reachable else " (engine does not answer)"
            rows.append((f"#{state.name}/", Content(f" {state.name}: {what}{reason}"), False))
            rows += [_container_row(state, c, going_on) for c in rest]
    return rows


def _heading(name: str, title: str, state: HostState, mine: Sequence[Container]) -> Row:
    run = sum(c.running for c in mine)
    text = Content.assemble(
        (f" {title}", "bold $foreground"), (f" on {state.name}, {run} of {len(mine)} run", "")
    )
    return f"#{name}", text, False


def _gone_row(role: str, held_in: str) -> Row:
    """A role that is not here any more: where it is."""
    text = Content.assemble(
        (f" {_ROLES[role].title}: gone", "bold $text-error"), (f"\n   in set {held_in}", "$quiet")
    )
    return f"#gone/{role}", text, False


def _shared(container: Container, lost: Collection[str], here: Sequence[str]) -> bool:
    """Whether a container belongs to a role that is gone and to one that is here."""
    return any(container.service in _ROLES[role].services for role in lost) and any(
        container.service in _ROLES[role].services for role in here if role not in lost
    )


def _container_row(state: HostState, container: Container, going_on: GoingOn | None) -> Row:
    word = CONTAINER.get(container.state, Word("?", container.state, "$text-warning"))
    if going_on is not None and going_on.holds(state.name, container):
        word = HELD
    restarts = f"↻{container.restarts}" if container.restarts else ""
    since = short_age(container.since)
    return (
        f"{state.name}/{container.name}",
        Content.assemble(
            (f" {fit(str(word), 13)}", word.style),
            fit(container.service, 16),
            (fit(restarts, 4), "$text-warning"),
            (since, "$quiet"),
        ),
        True,
    )


def folders_text(
    deployment: Deployment, sizes: Mapping[str, Sequence[FolderSize]], width: int
) -> Content:
    """What a backup takes together, then the folders, the largest first, and whether each is in it.

    Where there is little room, a glyph says it, and the first line what the glyph means.
    """
    lines: list[Content] = []
    narrow = width < 43
    every = [found for known in sizes.values() for found in known if found.kind == "travels"]
    tail = len(count(sum(found.files for found in every), "file"))
    name_width = max(10, width - (12 if narrow else 10 + max(9, tail)))
    out = False
    for state in deployment.hosts:
        known = sizes.get(state.name)
        if len(deployment.hosts) > 1:
            lines.append(Content.assemble((state.name, "bold")))
        if not state.root_exists:
            lines.append(Content(f"no root at {state.root or '?'}"))
        elif known is None:
            lines.append(Content.assemble((f"{state.root}: measuring …", "$quiet")))
        if known:
            travelling = [f for f in known if f.kind == "travels"]
            files = "" if narrow else count(sum(f.files for f in travelling), "file")
            together = "into a backup" if narrow else "together, into a backup"
            lines.append(
                Content.assemble(
                    ("✓ " if narrow else "", "bold"),
                    (fit(together, name_width), "bold"),
                    (f"{size(sum(f.bytes for f in travelling)):>9} ", "bold"),
                    (files, "$quiet"),
                )
            )
        for found in sorted(known or (), key=lambda f: -f.bytes):
            travels = found.kind == "travels"
            style = "" if travels else "$quiet"
            out = out or not travels
            mark = ("✓ " if travels else "– ") if narrow else ""
            kind = "" if narrow else FOLDER.get(found.kind, found.kind)
            lines.append(
                Content.assemble(
                    (mark, style),
                    (fit_end(_short(found.path) if narrow else found.path, name_width), style),
                    (f"{size(found.bytes):>9} ", style),
                    (kind, "$quiet"),
                )
            )
    if out:
        # Why a set is larger than what is together here.
        mean = "– left out; dumps go in" if narrow else "databases are in a set as their dumps"
        # Where it is the key to a glyph, it stands where it is seen without scrolling.
        lines.insert(0 if narrow else len(lines), Content.assemble((mean, "$quiet")))
    return Content("\n").join(lines)


def _short(path: str) -> str:
    return path.removeprefix("pryv/")
