"""Compare a set with the live platform before a restore. Read-only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.audit.accounts import reason, servers_now
from pryv_tui.operations.audit.last_look import last_look
from pryv_tui.operations.audit.live_stores import Tell
from pryv_tui.operations.audit.other_cores import sample
from pryv_tui.operations.comparing.alone import Alone, had_alone
from pryv_tui.operations.comparing.conditions import roles_now
from pryv_tui.operations.comparing.live_side import PATIENCE, live_holding, newer_data
from pryv_tui.operations.comparing.model import (
    Comparison,
    Holding,
    Newer,
    Outcome,
    RoleNow,
    Side,
    accounts_newer,
    judged,
    names_of_core,
    outcome,
)
from pryv_tui.operations.comparing.set_side import role_moment, saved_holding
from pryv_tui.operations.emptied.here import gone_beside
from pryv_tui.operations.sets.targets import receiver
from pryv_tui.operations.site import Site
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.vault.manifest import SetHost, SetManifest
from pryv_tui.vault.sets import BackupSet

_PAIR = ("core", "register")
"""The two roles that each have half of an account."""


class Looker:
    """One comparison of a set with the live platform; accounts and roles are asked only once."""

    def __init__(
        self,
        site: Site,
        deployment: Deployment,
        backup: BackupSet,
        *,
        patience: float = PATIENCE,
        tell: Tell | None = None,
        since: str = "",
    ) -> None:
        """Prepare a comparison; nothing is asked yet.

        Args:
            since: when the restore of this set began, RFC 3339; empty if the platform was not
                restored from it. Records written while the set was made are on both sides, whatever
                their time.
        """
        self._since = since
        self._site = site
        self._deployment = deployment
        self._backup = backup
        self._patience = patience
        self._tell = tell
        self.manifest: SetManifest = backup.need("read")
        self._onto = {
            part.name: receiver(deployment, part, alone=len(self.manifest.hosts) == 1)
            for part in self.manifest.hosts
        }
        self._sides: list[Side] | None = None
        self._roles: tuple[RoleNow, ...] | None = None
        self._had: Alone | None = None

    def roles(self) -> tuple[RoleNow, ...]:
        """Return the condition of each role of the set.

        A store is asked only if its files were written after the set, or look new.
        """
        if self._roles is None:
            self._roles = roles_now(
                self.manifest,
                self._onto,
                lambda state, role, part: gone_beside(self._site, state, role, part, self._backup),
            )
        return self._roles

    def accounts(self, chosen: Sequence[str] | None = ()) -> Comparison:
        """Compare accounts: the outcome for the chosen roles, and for the alternatives.

        Args:
            chosen: the roles to restore; empty: all roles of the set; None: not chosen yet.
        """
        now = self.roles()
        newer = [
            found
            for side in self._all_sides(now)
            for found in accounts_newer(side, self._moments(side.host))
        ]
        return Comparison(
            set_id=self._backup.id,
            roles=judged(now, newer),
            outcomes=tuple(self._outcomes(chosen, now)),
            newer=tuple(newer),
        )

    def data(self, chosen: Sequence[str] = ()) -> tuple[Newer, ...]:
        """Return what else is newer than the set, on the machines with a chosen role."""
        found: list[Newer] = []
        gone = {(each.host, each.role) for each in self.roles() if each.condition == "gone"}
        for part in self._parts(chosen):
            state = self._onto[part.name]
            if "core" in part.roles and state is not None and (state.name, "core") not in gone:
                found += newer_data(
                    self._site.host(state.name).engine,
                    state,
                    self._backup,
                    part,
                    patience=self._patience,
                    tell=self._tell,
                    restored=self._since,
                    shells=self._site.shells,
                )
        return tuple(found)

    # Helpers that decide which machines and which choices of roles are compared.

    def _parts(self, chosen: Sequence[str]) -> list[SetHost]:
        return [p for p in self.manifest.hosts if not chosen or set(p.roles) & set(chosen)]

    def _goes_to(self, part: SetHost) -> str:
        """Return the name of the machine that receives a part of the set, else the part's own
        name."""
        state = self._onto[part.name]
        return state.name if state is not None else part.name

    def _moments(self, host: str) -> dict[str, str]:
        """Return, by role on a machine, the time up to which the set has all of its data."""
        return {
            role: role_moment(self.manifest, role, part)
            for part in self.manifest.hosts
            if self._goes_to(part) == host
            for role in part.roles
        }

    def _all_sides(self, now: Sequence[RoleNow]) -> list[Side]:
        """Return a side for each machine with core or register, now or in the set."""
        if self._sides is None:
            gone = {(each.host, each.role) for each in now if each.condition == "gone"}
            self._sides = self._with_servers(list(self._look(gone)))
        return self._sides

    def _with_servers(self, sides: Sequence[Side]) -> list[Side]:
        """Ask register for the core of each account that no core here has or had.

        Its answers are added to the sides.

        It is asked about some accounts of the cores here too: its answers show its names for these
        cores.
        """
        cores = [known for side in sides if (known := names_of_core(side)) is not None]
        here = {name for core in cores for name in core}
        found: list[Side] = []
        for side in sides:
            now = side.now
            registered = now.registered if now is not None else None
            names = (registered.names if registered is not None else None) or ()
            state = self._deployment.host(side.host)
            if now is not None and names and state is not None and cores:
                asked = set(names) - here
                if asked:
                    asked |= {each for core in cores for each in sample(core, names)}
                side = replace(side, now=self._placed(now, state, asked))
            found.append(side)
        return found

    def _placed(self, now: Holding, state: HostState, names: Collection[str]) -> Holding:
        engine = self._site.host(state.name).engine
        try:
            servers = servers_now(engine, state, names, self._tell, self._patience)
        except (PryvTuiError, FormatError, OSError) as error:
            return replace(now, unplaced=f"{state.name}: {reason(error)}")
        return replace(now, servers=dict(servers))

    def _look(self, gone: set[tuple[str, str]]) -> Iterator[Side]:
        received = set()
        for part in self.manifest.hosts:
            if not set(part.roles) & set(_PAIR):
                continue
            state = self._onto[part.name]
            saved = saved_holding(self._backup, part)
            if state is None:
                yield Side(host=part.name, now=None, saved=saved)
                continue
            received.add(state.name)
            yield Side(host=state.name, now=self._ask(state, gone, part), saved=saved)
        for state in self._deployment.hosts:
            if state.name not in received and set(state.roles) & set(_PAIR):
                yield Side(host=state.name, now=self._ask(state, gone), saved=None)

    def _ask(
        self, state: HostState, gone: set[tuple[str, str]], part: SetHost | None = None
    ) -> Holding | None:
        # An unreachable machine shows no roles; the set's roles may still be running there.
        roles = state.roles or (part.roles if part is not None and not state.reachable else ())
        there = tuple(role for role in roles if (state.name, role) not in gone)
        if not set(there) & set(_PAIR):
            return None
        return live_holding(
            self._site.host(state.name).engine,
            state,
            there,
            patience=self._patience,
            tell=self._tell,
            shells=self._site.shells,
        )

    def _outcomes(self, chosen: Sequence[str] | None, now: Sequence[RoleNow]) -> Iterator[Outcome]:
        every = [p for p in self.manifest.hosts if set(p.roles) & set(_PAIR)]
        seen: list[list[SetHost]] = []
        if chosen is not None:
            taken = [part for part in every if part in self._parts(chosen)]
            if not taken:
                return
            yield self._outcome(taken, now, chosen=True)
            seen.append(taken)
        lives = {each.role for each in now if each.condition != "gone"}
        choices = [every]
        choices += [
            [part for part in every if role in part.roles]
            for role in _PAIR
            # A role that is gone must be restored, so a choice without it is not offered.
            if all(r not in _roles(every) or r in lives for r in _PAIR if r != role)
        ]
        for choice in choices:
            if choice and choice not in seen:
                seen.append(choice)
                yield self._outcome(choice, now, chosen=False)

    def _outcome(
        self, parts: Sequence[SetHost], now: Sequence[RoleNow], *, chosen: bool
    ) -> Outcome:
        hosts = {self._goes_to(part) for part in parts}
        backwards = {
            each.role: each.back_to
            for each in now
            if each.host in hosts and each.role in _PAIR and each.condition != "gone"
        }
        if self._had is None:
            self._had = had_alone(
                last_look(self._site.state), self.manifest.domain, practice=self._site.practice
            )
        return outcome(
            self._all_sides(now),
            hosts,
            _roles(parts),
            chosen=chosen,
            backwards=backwards,
            alone=self._had,
        )


def compare(
    site: Site,
    deployment: Deployment,
    backup: BackupSet,
    chosen: Sequence[str] = (),
    *,
    patience: float = PATIENCE,
    tell: Tell | None = None,
) -> Comparison:
    """Compare accounts and everything else that is newer, in one call.

    Args:
        chosen: the roles to restore; empty: all roles of the set.
        patience: seconds that each question may take.

    Raises:
        PryvTuiError: `refused`, the set can't be read.
    """
    looker = Looker(site, deployment, backup, patience=patience, tell=tell)
    found = looker.accounts(chosen)
    newer = (*found.newer, *looker.data(chosen))
    return replace(found, newer=newer, roles=judged(found.roles, newer))


def _roles(parts: Sequence[SetHost]) -> tuple[str, ...]:
    held = {role for part in parts for role in part.roles}
    return tuple(role for role in ROLE_NAMES if role in held)
