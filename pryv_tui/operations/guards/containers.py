"""Guards about containers: strange ones that use the root, and those that a backup needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_backup import META, database_names
from pryv_tui.formats.influx_offline import LARGE
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.ownership import relation
from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.containers.again import started_again
from pryv_tui.operations.emptied.files import begin_with_nothing, stores_of
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning
from pryv_tui.operations.guards.place import size
from pryv_tui.phrases import counted
from pryv_tui.platform.gap import HoldKind
from pryv_tui.platform.release import facts_of
from pryv_tui.platform.roles import ROLES
from pryv_tui.reading import read_whole
from pryv_tui.vault.set_files import GUIDE


def others_guard(state: HostState) -> GuardLine:
    """Report containers that are not the platform's but have the root, or a part of it, mounted.

    The line is a warning if one of them may write into a database's files, and never a failure.
    """
    name = f"others {state.name}"
    if not state.others:
        return ok(name, "no other container has the root, or a part of it, mounted")
    up = [other for other in state.others if other.up]
    data = {
        str(state.root_path / layout.data) for layout in state.layout.stores.values() if layout.data
    }
    inside = [
        other
        for other in up
        for mount in other.sees
        if not mount.read_only and relation(mount.source, data) in ("root", "part")
    ]
    if inside:
        return warning(
            name,
            "not part of the platform, and may write into a database's own files:"
            f" {inside[0].words}",
            "Find out what it does there; to stop it:"
            f" {container_command('stop', inside[0].name, state.name)}",
            key=key_of("others", state.name),
            about=fingerprint(*sorted(other.words for other in inside)),
        )
    words = []
    for other in state.others:
        act = "a restore stops it and starts it again" if other.in_the_way else "it is left alone"
        if not other.up:
            act = "it is not running"
        words.append(f"{other.words}: {act}")
    return ok(name, f"not part of the platform: {'; '.join(words)}")


def containers_guard(
    state: HostState,
    holders: Mapping[str, str] | None = None,
    going_on: GoingOn | None = None,
    *,
    others: Sequence[str] = (),
) -> GuardLine:
    """Check that all stores that a backup must dump are running.

    Args:
        holders: by missing role, the command that restores it from the newest set with that role.
        going_on: the run that is using the platform now. A store that it has stopped is in order.
        others: the roles of other machines, which can still be backed up, if a person accepted
            that all roles of this machine are gone; else empty.
    """
    name = f"stores {state.name}"
    needed = [store for role in state.roles for store in ROLES[role].stores if store != "sqlite"]
    down: dict[str, str] = {}
    held = []
    for store in needed:
        container = state.container(store)
        if container is None:
            down[store] = f"pryvio_{store} does not exist"
        elif going_on is not None and going_on.holds(state.name, container):
            held.append(f"{container.name} is {container.state}")
        elif not container.running:
            down[store] = f"{container.name} is {container.state}"
    back = {role: way for role, way in (holders or {}).items() if down.keys() & stores_of(role)}
    lost = [role for role in state.roles if role in back]
    text = f"a backup needs the databases running: {', '.join(down.values())}"
    if lost:
        roles = ", ".join(lost)
        return failed(
            name,
            f"{text}; and the files of {roles} are missing",
            f"{_not_started(state, [*down], lost)} Bring {roles} back:"
            f" {'; then '.join(dict.fromkeys(back[role] for role in lost))}",
        )
    if down and others:
        alone = "".join(f" --role {one}" for one in others)
        return failed(
            name,
            f"a backup needs the databases running: {', '.join(down)}; and"
            f" {', '.join(state.roles)} is away from here on purpose",
            f"Back up the other roles: pryv-tui backup{alone}",
        )
    if down:
        return failed(name, text, started_again(state, needed))
    if held and going_on is not None:
        return ok(name, f"down because of the {going_on.kind} that is running: {', '.join(held)}")
    return ok(name, f"{', '.join(needed) or 'no store'} running" if needed else "no store here")


def _not_started(state: HostState, down: Sequence[str], lost: Sequence[str]) -> str:
    """The sentence that the stores of lost roles must not be started.

    Args:
        down: all stores that are not running.
        lost: the roles of which the files are missing.
    """
    theirs = [store for store in down if any(store in stores_of(role) for role in lost)]
    them, they = "them", "they"
    if theirs != [*down]:
        them = ", ".join(map(state.name_of, theirs))
        they = "it" if len(theirs) == 1 else "they"
    if begin_with_nothing(state, theirs):
        return f"Don't start {them}: {they} would start with no data."
    return f"Don't start {them}."


def hold_guard(state: HostState, hold: HoldKind) -> GuardLine:
    """Check that the container that `--hold` pauses or stops is able to be held; warn if an account
    may then be in core's copy alone."""
    name = f"hold {state.name}"
    service = "register" if hold == "registrations" else "nginx"
    container = state.container(service)
    if container is None or container.state in ("exited", "created", "dead"):
        return ok(name, f"pryvio_{service} is not running: no request comes in through it")
    if container.state == "restarting":
        return failed(
            name,
            f"{container.name} keeps restarting: it can't be held",
            f"Read its log: {container_command('logs', container.name, state.name)}",
        )
    facts = facts_of(state.release)
    if hold == "registrations" and facts is not None and not facts.register_first:
        return warning(
            name,
            f"before 1.8 (here {state.release}) an account that is being created at the moment"
            " when register is paused may be in core's copy and not in register's",
            "Use --hold everything, or look for such an account before the set is restored.",
            key=key_of("hold", state.name),
            about=fingerprint(hold, str(state.release)),
        )
    return ok(name, f"{container.name} is held during the backup")


def influxdb_line(state: HostState) -> GuardLine | None:
    """Report the size of InfluxDB's metadata: with too much of it, `influxd restore` fails.

    None if there is no InfluxDB, or if its metadata file can't be read.
    """
    layout = state.layout.stores.get("influxdb")
    if layout is None or not state.root_exists:
        return None
    path = state.root_path / layout.data / "meta/meta.db"
    try:
        content = read_whole(path, limit=META)
        names = database_names(path, content)
    except (OSError, FormatError):
        return None
    name = f"influxdb {state.name}"
    text = f"{counted(len(names), 'database')}, {size(len(content))} of metadata"
    if len(content) <= LARGE:
        return ok(name, text)
    # No warning, because a restore by this program does not use `influxd restore` then.
    return ok(
        name,
        f"{text}: too much for `influxd restore` before InfluxDB 1.8.10, which fails on it; a"
        f" restore by this program puts the files in place instead, and {GUIDE} says how to do it"
        " by hand",
    )
