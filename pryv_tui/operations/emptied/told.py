"""Remember losses that servers reported, in a file of the state folder.

Files do not show that a store was emptied while it ran; its server does. Once the server is
stopped, or does not answer, the files look complete as before. So its answer is kept, and is
reported until something else is seen: the server has data again, a restore or an undo put other
content there, or a newer set shows that the store had something after that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from pryv_tui.clock import moment_of, shown
from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.filesystem.same_file import same_place
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.emptied.gone import DataGone
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.site import Site
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole
from pryv_tui.vault.sets import BackupSet

NAME = "emptied.json"
MOST = 256
"""Most losses that are kept: the latest ones."""
_LARGEST = 1 << 20


class ToldGone(msgspec.Struct, frozen=True, kw_only=True):
    """A loss that a server reported, with its place."""

    platform: str
    """The platform, by the name of its lock: this machine may have several."""
    root: str
    gone: DataGone

    @property
    def place(self) -> tuple[str, ...]:
        return self.platform, self.root, self.gone.host, self.gone.role, self.gone.service


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    told: tuple[ToldGone, ...] = ()


def read_told(state: Path) -> tuple[ToldGone, ...]:
    """Return the recorded losses; none if the file can't be read."""
    try:
        return decode_json(read_whole(state / NAME, limit=_LARGEST, follow=False), _Kept).told
    except (OSError, ValueError, Undecodable):
        return ()


def told_here(site: Site, deployment: Deployment) -> list[DataGone]:
    """Return the recorded losses of this platform's machines, in the roots used now."""
    platform = platform_of(site.settings)
    return [
        one.gone
        for one in read_told(site.state)
        if one.platform == platform
        and (state := deployment.host(one.gone.host)) is not None
        and same_place(one.root, state.root)
    ]


def still_so(one: DataGone, backup: BackupSet | None, after: str, *, held: bool) -> bool:
    """Whether a recorded loss is still true: nothing seen since says otherwise.

    Args:
        backup: the newest set that shows what the role's machine had; None if there is none.
        after: when the last restore or undo settled the role's root; empty if none did.
        held: whether that set has any record of the store.
    """
    if one.after != after:
        return False
    if backup is None or backup.manifest is None:
        # No set can be read, or none exists any more: the server's answer counts all the same.
        return True
    made, told = moment_of(backup.manifest.created), moment_of(one.asked)
    return held and (made is None or told is None or made <= told)


def as_told(one: DataGone, set_id: str) -> DataGone:
    """Return a recorded loss with the words used while its server can't be asked."""
    holder = set_id or one.set
    how = (
        f"held none of the data of {holder} when its server was last asked"
        f" ({shown(one.asked)}), and its server can't be asked now"
    )
    return msgspec.structs.replace(one, how=how, set=holder, first="", told_then=True)


def keep_told(
    site: Site,
    deployment: Deployment,
    found: Iterable[DataGone],
    looked: Iterable[tuple[str, str]],
) -> None:
    """Record the losses that servers reported, after a look.

    A state folder that can't be written is no error: the losses are then unknown once the servers
    stop.

    Args:
        found: the losses that the look found, accepted or not.
        looked: pairs of role and machine that were checked: losses of these that were not found are
            over.
    """
    platform, pairs = platform_of(site.settings), set(looked)
    known = read_told(site.state)
    now: list[ToldGone] = []
    for one in found:
        state = deployment.host(one.host)
        if one.asked and state is not None and state.root:
            now.append(ToldGone(platform=platform, root=state.root, gone=_before(known, one)))
    places = {one.place for one in now}
    roots = {state.name: state.root for state in deployment.hosts}
    others = [
        one
        for one in known
        if one.place not in places
        and not (
            one.platform == platform
            and (one.gone.role, one.gone.host) in pairs
            and same_place(one.root, roots.get(one.gone.host))
        )
    ]
    every = sorted([*others, *now], key=lambda one: one.gone.asked)[-MOST:]
    if [*every] == sorted(known, key=lambda one: one.gone.asked):
        return
    with contextlib.suppress(OSError):
        make_private(site.state)
        write_durably(site.state / NAME, msgspec.json.encode(_Kept(told=tuple(every))))


def _before(known: Sequence[ToldGone], one: DataGone) -> DataGone:
    """Return a loss as it is recorded: as last reported, without words for an unreachable
    server."""
    if not one.told_then:
        return one
    return next(
        (
            each.gone
            for each in known
            if (each.gone.host, each.gone.role, each.gone.service, each.gone.asked)
            == (one.host, one.role, one.service, one.asked)
        ),
        one,
    )
