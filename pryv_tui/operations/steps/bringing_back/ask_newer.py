"""Count the data that is newer than the set, before a restore or an undo stops anything.

Each store is asked. After an undo, `TellSetAside` names which of that data the undo moved aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from pryv_tui.clock import moment_of as moment_of_text
from pryv_tui.clock import shown
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.comparing.amounts import Amount, without
from pryv_tui.operations.comparing.aside_side import look_at_events, points_aside
from pryv_tui.operations.comparing.live_side import Limit, attachments_beyond
from pryv_tui.operations.comparing.look import Looker
from pryv_tui.operations.comparing.model import Newer
from pryv_tui.operations.comparing.newer_words import look_words, short_words
from pryv_tui.operations.comparing.set_side import (
    events_said,
    moment_of,
    points_said,
    role_moment,
    saved_holding,
    tree_holding,
)
from pryv_tui.operations.comparing.theirs import mine as of_this_platform
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.facts import NewerFound
from pryv_tui.operations.plan import Step
from pryv_tui.operations.root.aside import inside as inside_of
from pryv_tui.operations.sets.gone_again import undo_of_undo
from pryv_tui.operations.sets.missing_roles import bare_aside
from pryv_tui.operations.sets.own import own_sets
from pryv_tui.operations.sets.targets import Target
from pryv_tui.operations.site import Site
from pryv_tui.vault.manifest import SetHost, SetManifest
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet

KEPT = 1_000
"""The largest number of names that are recorded for each kind of record."""
STORES = {"core": ("accounts", "events", "attachments", "points"), "register": ("accounts",)}
"""By role, the kinds of records that are counted."""
NOT_THERE = "its database did not exist, or could not be queried, when the restore began"
NOT_THERE_NOW = "its database did not exist, or could not be queried, when the undo began"
GONE = "its files were already gone when the restore began"
BEGUN = "an earlier restore had already begun to replace it"
UNDO_BEGUN = "an earlier undo had already begun to move it aside"
_READS = (PryvTuiError, FormatError, OSError, ValueError)


class AskNewer(Step, frozen=True, kw_only=True, tag="ask-newer"):
    """Ask each store that is about to be replaced for data that is newer than the set.

    The time for that is limited. The counts are part of the run's result. No failure here stops the
    restore: if a store can't be asked, its count is "not known", and may later be read from the
    content that was moved aside.
    """

    set_id: str
    targets: tuple[Target, ...]
    begun: dict[str, str] = msgspec.field(default_factory=dict)
    """By host, the folder into which an unfinished restore has moved the former content. On these
    hosts the running stores no longer have the data from before that restore."""
    before: tuple[NewerFound, ...] = ()
    """The counts that this unfinished restore, or earlier ones of the same set, made."""
    of_undo: bool = False
    """Whether this run is an undo. Then `begun` and `before` are from earlier, stopped undos."""
    restored: str = ""
    """Only for an undo: when the restore began, RFC 3339. Nothing in the set is newer than that."""

    @property
    def title(self) -> str:
        return "Count what is newer than the set"

    def perform(self, ctx: RunContext) -> None:
        try:
            found = list(
                self.counted(ctx.site, ctx.deployment, ctx.report.note, ctx.check_cancelled)
            )
        except Cancelled:
            raise
        except Exception as error:
            told = isinstance(error, PryvTuiError)
            why = error.what if told else f"{type(error).__name__}: {error}"  # type: ignore[attr-defined]
            try:
                places = self._places(ctx.site)
            except _READS:
                places = []  # without the set it is not known which stores to count
            found = [
                self._counted(host, role, what)
                or NewerFound(host=host, role=role, what=what, why=why)
                for host, role in places
                for what in STORES[role]
            ]
        ctx.facts.newer = found
        ctx.report.newer(found)
        for one in found:
            if one.number:
                ctx.report.note(f"newer than the set: {one.number} {one.what} of {one.role}")

    def counted(
        self,
        site: Site,
        deployment: Deployment,
        tell: Callable[[str], None],
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[NewerFound]:
        """Ask each store; yield by host and kind of record how much data is newer than the set.

        Args:
            tell: called with a sentence for each store that could not be asked.
            check: called between two stores; raises an error if the run must end.
        """
        backup = site.vault.resolve(self.set_id)
        looker = Looker(
            site,
            deployment,
            backup,
            patience=site.patience.newer,
            tell=tell,
            since=self.restored,
        )
        places = self._places(site)
        chosen = [role for _, role in places]
        told: dict[tuple[str, str, str], Newer] = {}
        if any(host not in self.begun for host, _ in places):
            for one in looker.accounts(chosen).newer:
                told[one.host, one.role, one.what] = one
            check()
            for one in looker.data(chosen):
                told[one.host, one.role, one.what] = one
        for host, role in places:
            for what in STORES[role]:
                now = told.get((host, role, what))
                if (before := self._counted(host, role, what)) is not None:
                    yield before
                elif host in self.begun:
                    gone = not self.of_undo and bare_aside(Path(self.begun[host]), [role])
                    why = UNDO_BEGUN if self.of_undo else GONE if gone else BEGUN
                    yield NewerFound(host=host, role=role, what=what, why=why)
                elif now is None:
                    why = NOT_THERE_NOW if self.of_undo else NOT_THERE
                    yield NewerFound(host=host, role=role, what=what, why=why)
                else:
                    found = kept(now.amount, host, role, what, self.restored or now.since)
                    # An undo brings back no account of the set.
                    yield found if self.of_undo else with_back(found, now.missing)

    def _counted(self, host: str, role: str, what: str) -> NewerFound | None:
        """Return the count that an earlier run made before it replaced the store; None if none."""
        place = (host, role, what)
        found = (one for one in self.before if (one.host, one.role, one.what) == place)
        return next(found, None) if host in self.begun else None

    def _places(self, site: Site) -> list[tuple[str, str]]:
        """Return host and role of all data that is about to be replaced."""
        manifest = site.vault.resolve(self.set_id).need("read")
        parts = {part.name: part for part in manifest.hosts}
        return [
            (target.host, role)
            for target in self.targets
            for role in parts[target.set_host].roles
            if role in STORES
        ]


class TellSetAside(Step, frozen=True, kw_only=True, tag="tell-set-aside"):
    """Report the data that was written after a restore, and that its undo has now moved aside.

    If a store could not be asked for that data before it was stopped, its files are read in the
    folder into which the undo has moved them. No failure here stops the undo.
    """

    set_id: str
    """The set that was restored; empty if it is not known any more."""
    undone_run: str
    restored: str = ""
    """When the undone run ended, RFC 3339; empty if not known."""
    kept: dict[str, str]
    """By host, the folder into which the undo moved the restored content."""
    of_undo: bool = False
    """Whether the undone run was itself an undo. Then the content that was moved aside is the one
    that was in use until now."""
    of_half: bool = False
    """Whether it is a restore that ended before everything was back. No undo brings that back."""

    @property
    def title(self) -> str:
        if not self.set_id:
            return "Report what was moved aside"
        return "Report the data that is newer than the set and was moved aside"

    def perform(self, ctx: RunContext) -> None:
        places = {host: Path(place) for host, place in self.kept.items() if Path(place).is_dir()}
        if not self.set_id:
            for host, place in places.items():
                ctx.report.note(f"{host}: the content in use until this undo was moved to {place}")
            return
        look_aside(ctx, self.set_id, places)
        for host in self.kept:
            counted = [one for one in ctx.facts.newer if one.host == host and one.number]
            if counted and (where := places.get(host)) is not None:
                ctx.warn(self._words(ctx, host, where, counted))

    def _words(self, ctx: RunContext, host: str, where: Path, counted: list[NewerFound]) -> str:
        ended = f" (ended {shown(self.restored)})" if self.restored else ""
        what = (
            f"data that was in use when the undo {self.undone_run}{ended} was undone"
            if self.of_undo
            else f"data written after the restore {self.undone_run}{ended} and before this undo"
        )
        back = f" Bring it back: {undo_of_undo(ctx.run_id, ctx.deployment.domain)}."
        return (
            f"{host}: {what} is moved aside: {short_words(counted)}. The set {self.set_id} does not"
            f" hold it; {self._elsewhere(ctx, counted)}{'' if self.of_half else back}"
            f" {look_words(str(where), counted)}"
        )

    def _elsewhere(self, ctx: RunContext, newer: list[NewerFound]) -> str:
        """Return the end of a warning about data newer than the set: whether a later set of the
        same roles may hold that data too."""
        try:
            sets = ctx.site.vault.sets()
        except _READS:
            return "whether a later set holds it is not known."
        roles = {one.role for one in newer}
        # Data that an undo put back is older than that undo, and than the restore before it.
        mine = next((one.manifest for one in sets if one.id == self.set_id), None)
        since = self.restored if not self.of_undo else mine.created if mine is not None else ""
        sets = of_this_platform(ctx.site, ctx.deployment, sets)
        own = own_sets(sets, ctx.deployment.domain, practice=ctx.site.settings.practice is not None)
        later = [
            one.id
            for one in own
            if one.manifest is not None
            and roles <= {role for part in one.manifest.hosts for role in part.roles}
            and one.id != self.set_id
            and _after(one.manifest, since)
        ]
        if later:
            return (
                f"the later set {later[-1]} may hold a part of it; everything written after that"
                " set exists only in the content moved aside."
            )
        if unread := [one.id for one in sets if not one.usable]:
            was = "was" if len(unread) == 1 else "were"
            many = f"{len(unread)} more can't be used and {was} not checked"
            return f"no other usable set holds it ({many})."
        return "no set of the vault holds it: it exists only in the content moved aside."


def _after(manifest: SetManifest, moment: str) -> bool:
    """Whether a set may have been made at or after a time; True if one of the times is unknown."""
    then, made = moment_of_text(moment), moment_of_text(manifest.created)
    return then is None or made is None or made >= then


def kept(amount: Amount, host: str, role: str, what: str, since: str) -> NewerFound:
    """Turn an amount into an entry of the run's facts, with `KEPT` names at most."""
    return NewerFound(
        host=host,
        role=role,
        what=what,
        since=since,
        number=amount.number,
        names=list((amount.names or ())[:KEPT]),
        why=amount.why,
        fewer=amount.fewer,
    )


def with_back(found: NewerFound, missing: Amount | None) -> NewerFound:
    """Add the accounts that the restore brings back: the set has them, and the platform had not."""
    if missing is None or not missing.number:
        return found
    names = list((missing.names or ())[:KEPT])
    return msgspec.structs.replace(found, back=missing.number, back_names=names)


def look_aside(ctx: RunContext, set_id: str, asides: Mapping[str, Path] | None = None) -> None:
    """Count newer data in the files that were moved aside, if a store could not be asked.

    Accounts, attachments and points are counted there. Events are not: for these the facts get the
    command to look at them. Data that can't be read stays "not known".

    Args:
        asides: by host, the folder into which an undo moved the content; None: the folders that
            this restore recorded.
    """
    of_undo = asides is not None
    if asides is None:
        asides = {owed.host: Path(owed.where) for owed in ctx.facts.owed if owed.kind == "aside"}
    try:
        backup = ctx.site.vault.resolve(set_id)
        manifest = backup.need("read")
        read = [_again(ctx, one, asides, backup, manifest) for one in ctx.facts.newer]
        # An undo brings back no account of the set.
        none_back = {"back": 0, "back_names": []} if of_undo else {}
        ctx.facts.newer = [msgspec.structs.replace(one, **none_back) for one in read]
    except _READS:
        return  # the facts stay as the stores answered


def _again(
    ctx: RunContext,
    one: NewerFound,
    asides: Mapping[str, Path],
    backup: BackupSet,
    manifest: SetManifest,
) -> NewerFound:
    aside = asides.get(one.host)
    part = _part(manifest.hosts, one)
    if one.number is not None or aside is None or part is None or not backup.here:
        return one
    try:
        if one.what == "attachments":
            files = Path(backup.path) / part.name / FILES_NAME
            found = attachments_beyond(aside, files, Limit(ctx.site.patience.newer))
            since = moment_of(manifest, part, "files")
            return by_files(kept(found, one.host, one.role, one.what, since))
        if one.what == "points" and (data := _folder(aside, part, "influxdb")) is not None:
            found = points_aside(data, points_said(part), Limit(ctx.site.patience.newer))
            since = moment_of(manifest, part, "influxdb")
            if found.number is None:
                return msgspec.structs.replace(one, why=f"{one.why}; {found.why}")
            return by_files(kept(found, one.host, one.role, one.what, since))
        if one.what == "events" and (data := _folder(aside, part, "mongodb")) is not None:
            container = ctx.state_of(one.host).container("mongodb")
            if container is None:
                return one
            look = look_at_events(data, container, part.layout.stores["mongodb"].data_inside)
            return msgspec.structs.replace(one, look=look, in_set=events_said(part).number)
        if one.what == "accounts":
            then, saved = tree_holding(aside, part), saved_holding(backup, part)
            sides = (
                (then.indexed, saved.indexed)
                if one.role == "core"
                else (then.registered, saved.registered)
            )
            if sides[0] is not None and sides[1] is not None:
                since = role_moment(manifest, one.role, part)
                amount = without(sides[0], sides[1])
                if amount.number is None:
                    return one
                if amount.why and not amount.number:
                    # If a part could not be read, a count of 0 proves nothing.
                    return msgspec.structs.replace(one, since=since, why=amount.why)
                read = by_files(kept(amount, one.host, one.role, one.what, since))
                return with_back(read, without(sides[1], sides[0]))
    except _READS:
        return one
    return one


def by_files(found: NewerFound) -> NewerFound:
    """Mark a count as made in the files that were moved aside."""
    return msgspec.structs.replace(found, by_files=True)


def _folder(aside: Path, part: SetHost, store: str) -> Path | None:
    """Return the folder with a store's data in the content that was moved aside; None if it has
    none."""
    layout = part.layout.stores.get(store)
    if layout is None:
        return None
    places = (place for place, _ in inside_of(aside, layout.data))
    return next((place for place in places if place.is_dir() and any(place.iterdir())), None)


def _part(parts: Iterable[SetHost], one: NewerFound) -> SetHost | None:
    """Return the set's part for a host: the one with the host's name, else the only one with the
    role; None if neither exists."""
    holds = [part for part in parts if one.role in part.roles]
    return next((p for p in holds if p.name == one.host), holds[0] if len(holds) == 1 else None)
