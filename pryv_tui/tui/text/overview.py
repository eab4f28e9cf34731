"""The texts of the overview: the state of a platform as rows and lines. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from rich.cells import cell_len
from textual.content import Content

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.folders import FolderSize
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.overview.serving import NOBODY, RoleState, Serving
from pryv_tui.platform.roles import FOLDER_WORDS, ROLES, Role
from pryv_tui.tui.text.hints import Keyed
from pryv_tui.tui.text.lines import Para
from pryv_tui.tui.text.standing import BUSY_ROLE, NARROW, ROLE, backup_line, line, platform_line
from pryv_tui.tui.text.words import (
    CONTAINER,
    HELD,
    LEVEL,
    Word,
    brief_age,
    count,
    fit,
    fit_end,
    short_age,
    size,
)

Row = tuple[str, Content, bool]

_ROLES: Mapping[str, Role] = {str(name): role for name, role in ROLES.items()}
"""`ROLES` by plain names, as they are in sets."""

_STATES = ("failed", "warning", "info")


def summary(found: Overview, columns: int = NARROW) -> Content:
    """Return four lines: whether the platform is up, backed up, restorable, and what needs the
    operator.

    Args:
        columns: the width of the terminal.
    """
    return Content("\n").join(
        [
            platform_line(found, columns),
            backup_line(found),
            _restorable(found),
            _needs(found.attention),
        ]
    )


def _restorable(found: Overview) -> Content:
    """Return what is known about whether the last set can be restored: its check, and a restore
    from here."""
    word = Word("○", "no set", "$text-warning")
    if found.last is not None:
        check = found.last.verification
        if check is None:
            word = Word("○", "last set not verified since made", "$text-warning")
        elif check.outcome == "good":
            word = Word("✓", f"last set verified {brief_age(check.time)}", "$text-success")
        else:
            word = Word("✗", f"last set found damaged {brief_age(check.time)}", "$text-error")
    return line("Restore", word, _restored(found))


def _restored(found: Overview) -> str:
    """Return the last drill and the last restore from here, even if that was undone later. While a
    restore or an undo is half-way, no earlier restore is shown: its content is being replaced."""
    if found.half_way:
        half = f"{'an' if found.half_way == 'undo' else 'a'} {found.half_way} stands half-way"
        return "; ".join(filter(None, [half, found.drilled]))
    if found.then_undone > found.restored:
        told = f"restored {brief_age(found.then_undone)}, then undone"
    elif found.restored:
        told = f"restored from here {brief_age(found.restored)}"
    else:
        # A drill has proven more than "never restored" says.
        told = "" if found.drilled else "never restored from here"
    return "; ".join(filter(None, [found.drilled, told]))


def _needs(items: Sequence[Attention]) -> Content:
    pressing = [item for item in items if item.level != "info"]
    if not pressing:
        notes = count(len(items), "note") + " below" if items else ""
        but = next((item.but for item in items if item.but), "")
        if but:
            word = Word("○", f"nothing urgent, but {but}", "$text-warning")
            return line("Attention", word, notes)
        return line("Attention", Word("✓", "nothing urgent", "$text-success"), notes)
    worst = LEVEL[pressing[0].level]
    return line("Attention", Word(worst.glyph, f"{len(pressing)}", worst.style), pressing[0].text)


def attention_text(items: Sequence[Attention], keyed: Keyed) -> list[Para]:
    """Return everything that needs the operator, with its remedy; commands with a key on this
    screen are shown as keys."""
    if not items:
        return [Para(2, Content.assemble(("✓ nothing urgent", "$text-success")))]
    parts: list[Para] = []
    for item in items:
        word = LEVEL[item.level]
        remedy = keyed(item.remedy)
        lead, rest = led(item.text) if item.remedy else (item.text, "")
        parts.append(Para(2, Content.assemble((f"{word} ", word.style), (lead, ""))))
        if item.remedy:
            parts.append(Para(4, Content.assemble(("  → ", "bold"), (remedy, "$quiet"))))
        if rest:
            parts.append(Para(2, Content.assemble("  ", (rest, ""))))
    return parts


LONG = 100
"""The largest number of characters of a reason that leaves space for its remedy on 24 lines."""


def led(text: str, most: int = LONG) -> tuple[str, str]:
    """Split a long reason into a part before its remedy and a rest after it, so that the remedy is
    visible without scrolling. The split is after a sentence, else after a part of a sentence,
    else between two words; an ellipsis shows that the text continues."""
    if len(text) <= most:
        return text, ""
    for end, kept in ((". ", "."), ("; ", ";"), (": ", ":"), (", ", ","), (" ", "")):
        at = text.rfind(end, most // 3, most)
        if at >= 0:
            lead = text[:at] + kept
            return (lead if kept == "." else f"{lead} …"), f"… {text[at + len(end) :]}"
    return text, ""


HOST_CELLS = 14
"""The width, in cells, of a machine's name in the heading of a role that is not up."""


def container_rows(
    deployment: Deployment,
    going_on: GoingOn | None = None,
    lost: Mapping[str, str] = MappingProxyType({}),
    serving: Serving = NOBODY,
) -> list[Row]:
    """Return a heading for each host and role, with its containers. A container is listed once,
    with the first role that has it. Roles that are gone come first, each with the set that
    contains it.

    Args:
        lost: roles that are gone, each with the newest set that contains it.
        serving: the state of each role; a service without a container is listed with its role.
    """
    states = {(one.host, one.role): one for one in serving.roles}
    rows: list[Row] = [_gone_row(role, held_in) for role, held_in in lost.items()]
    for state in deployment.hosts:
        named: set[str] = set()
        # Containers that a lost role shared with other roles are not listed under one of the
        # others.
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
            if role in lost:  # Containers without its files.
                title = f"What is left of {role}"
            one = states.get((state.name, role)) if role not in lost else None
            absent = _absent_rows(one, named)
            rows.append(_heading(f"{state.name}/{role}", title, state, mine, one, len(absent)))
            rows += [_container_row(state, c, going_on) for c in mine]
            rows += absent
        rest = [c for c in state.containers if c.name not in named]
        if rest or not state.roles:
            what = "register replica" if state.replica else "no role" if not rest else "others"
            reason = "" if state.reachable else " (engine does not answer)"
            rows.append((f"#{state.name}/", Content(f" {state.name}: {what}{reason}"), False))
            rows += [_container_row(state, c, going_on) for c in rest]
    return rows


def _heading(
    name: str,
    title: str,
    state: HostState,
    mine: Sequence[Container],
    role: RoleState | None = None,
    absent: int = 0,
) -> Row:
    """Return the heading of a role: how many of its containers run, of those present or listed
    absent."""
    run = sum(c.running for c in mine)
    told = Content("")
    if role is not None and role.word not in ("up", "runs"):
        word = BUSY_ROLE if role.held_by else ROLE[role.word]
        told = Content.assemble((word.word, word.style), ", ")
    text = Content.assemble(
        (f" {title}", "bold $foreground"),
        # A long name is cut, so that it does not push the state beyond the edge.
        (f" on {state.name if not told.plain else _short_name(state.name)}, ", ""),
        told,
        (f"{run} of {len(mine) + absent} run", ""),
    )
    return f"#{name}", text, False


def _short_name(host: str) -> str:
    return fit(host, HOST_CELLS) if cell_len(host) > HOST_CELLS else host


def _absent_rows(role: RoleState | None, named: set[str]) -> list[Row]:
    """Return a row for each service that has no container, once: with the first role that has
    it."""
    if role is None:
        return []
    absent = [lack for lack in role.lacks if lack.why == "absent"]
    fresh = [lack for lack in absent if f"absent {lack.service}" not in named]
    named.update(f"absent {lack.service}" for lack in fresh)
    word = Word("✗", "not there", "$text-error")
    return [
        (
            f"#{role.host}/absent/{lack.service}",
            Content.assemble((f" {fit(str(word), 13)}", word.style), lack.service),
            False,
        )
        for lack in fresh
    ]


def _gone_row(role: str, held_in: str) -> Row:
    """Return the row of a role that is gone, with the set that contains it."""
    where = f"in set {held_in}" if held_in else "not in this vault"
    text = Content.assemble(
        (f" {_ROLES[role].title}: gone", "bold $text-error"), (f"\n   {where}", "$quiet")
    )
    return f"#gone/{role}", text, False


def _shared(container: Container, lost: Collection[str], here: Sequence[str]) -> bool:
    """Whether a container belongs to a role that is gone and also to one that is here."""
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
    """Return the size of all that a backup copies; then each folder, the largest first, and whether
    it is copied. With little space, a glyph shows that, and the first line explains the glyph."""
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
            kind = "" if narrow else FOLDER_WORDS[found.kind]
            lines.append(
                Content.assemble(
                    (mark, style),
                    (fit_end(_short(found.path) if narrow else found.path, name_width), style),
                    (f"{size(found.bytes):>9} ", style),
                    (kind, "$quiet"),
                )
            )
    if out:
        # This explains why a set is larger than the sum here.
        mean = "– left out; dumps go in" if narrow else "a set has dumps of the databases"
        # If it explains a glyph, it comes first, to be visible without scrolling.
        lines.insert(0 if narrow else len(lines), Content.assemble((mean, "$quiet")))
    return Content("\n").join(lines)


def _short(path: str) -> str:
    return path.removeprefix("pryv/")
