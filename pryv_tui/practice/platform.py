"""A practice platform: create it, open it, add data, read its content, lose parts of it."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.practice import settings, simulated
from pryv_tui.practice.faults import Faults
from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.machines import compose, neighbours
from pryv_tui.practice.machines.boot import start
from pryv_tui.practice.machines.copy_faults import CopyFaults, copy_faults
from pryv_tui.practice.machines.host import PracticeHost
from pryv_tui.practice.machines.losing import lose_machine, lose_role, of_role
from pryv_tui.practice.people import Account, account
from pryv_tui.practice.services import COMPOSE_FILES, hosts_of, services_of
from pryv_tui.practice.settings import PracticeForm, Settings
from pryv_tui.practice.state import now

if TYPE_CHECKING:
    from pryv_tui.practice.life import Life

_BOOT_ORDER = ("mongodb", "influxdb", "redis", "config_leader", "dns", "register")
_POINTS_AT_BIRTH = 120
SLOWEST = 3600
"""The slowest pace allowed, in seconds for each store."""


class PracticePlatform:
    """A practice platform in a folder."""

    def __init__(self, folder: Path) -> None:
        self._home = Home(folder)
        self.hosts = tuple(
            PracticeHost(self._home, machine) for machine in self._home.machines.values()
        )

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        form: PracticeForm = "single-node",
        users: int = 8,
        attachments: int = 24,
        seed: int = 1,
        pace: float = 0.0,
    ) -> PracticePlatform:
        """Make a new platform, and start all of it.

        Args:
            folder: the new platform's folder; created if missing, refused if not empty.
            form: one machine, or three.
            users: the number of accounts at the beginning.
            attachments: the number of attached files.
            seed: the same seed gives the same people, documents and files.
            pace: seconds that each store's dump and restore takes.
        """
        from pryv_tui.practice import rootfiles

        if form not in ("single-node", "cluster"):
            raise PryvTuiError("usage", f"no form is called {form!r}", "single-node or cluster.")
        if users < 0 or attachments < 0 or pace < 0 or (attachments and not users):
            raise PryvTuiError("usage", "users, attachments and pace can't be negative, and"
                               " attachments need users")  # fmt: skip
        folder = folder.absolute()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise PryvTuiError(
                "usage",
                f"{folder} is not empty",
                "Name a new folder, or use the one that is there with --practice.",
            )
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        made = Settings(form=form, seed=seed, pace=pace, created=now())
        settings.save(folder, made)
        for name, roles in hosts_of(form).items():
            root = folder / "hosts" / name / "root"
            root.mkdir(parents=True)
            rootfiles.fill(root, made, roles, services_of(roles))
        platform = cls(folder)
        platform._bring_up()
        platform._populate(users, attachments)
        settings.save(folder, msgspec.structs.replace(settings.load(folder), born=True))
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> PracticePlatform:
        """Open the platform in a folder.

        Raises:
            PryvTuiError: `usage`, with a remedy, there is no platform or it is incomplete.
        """
        platform = cls(folder)
        if not platform._home.settings.born:
            raise PryvTuiError(
                "usage",
                f"{folder} holds a practice platform whose creation was interrupted",
                "Remove what is there:"
                f" {shlex.join(['rm', '-r', '--one-file-system', str(folder)])}; then:"
                f" {shlex.join(['pryv-tui', 'practice', 'create', str(folder)])}",
            )
        return platform

    @property
    def folder(self) -> Path:
        return self._home.folder

    @property
    def form(self) -> PracticeForm:
        return self._home.settings.form

    @property
    def domain(self) -> str:
        return self._home.settings.domain

    @property
    def release(self) -> str:
        return self._home.settings.release

    @property
    def pace(self) -> float:
        return self._home.settings.pace

    @property
    def faults(self) -> Faults:
        return self._home.faults

    def host(self, name: str) -> PracticeHost:
        return next(host for host in self.hosts if host.name == name)

    def contents(self) -> dict[str, Any]:
        """Return the platform's present content, as `practice contents --json` prints it."""
        from pryv_tui.practice.contents import contents

        return contents(self._home)

    def copy_hooks(self) -> CopyFaults | None:
        """Return the hooks of the set faults that affect a copy of files; None if none does."""
        return copy_faults(self._home)

    def grow(self, users: int = 0, attachments: int = 0, points: int = 0) -> None:
        """Add data, as use of the platform would: create accounts, attachments and points.

        Raises:
            PryvTuiError: as `may_grow`. If something was created before the error, the message says
                what.
        """
        from pryv_tui.practice.life import clock

        self.may_grow(users, attachments, points)
        simulated.note(self.folder, "grown", users=users, attachments=attachments, points=points)
        before = settings.take_numbers(
            self.folder, accounts=users, attachments=attachments, points=1 if points else 0
        )
        life, made = self._life(), 0
        try:
            for number in range(before.accounts, before.accounts + users):
                newcomer = account(before.seed, number, registered=clock())
                with self._undisturbed(users=1):
                    life.register(newcomer)
                    life.settle(newcomer)
                made += 1
            people = self._people(before.accounts + users)
            if (attachments or points) and not people:
                raise _nobody()
            for number in range(before.attachments, before.attachments + attachments):
                with self._undisturbed(attachments=1):
                    life.attach(people[number % len(people)], number, when=clock())
                made += 1
            if points:
                who = people[before.points % len(people)]
                with self._undisturbed(points=1):
                    life.record(who, before.points, points, when=clock())
        except PryvTuiError as error:
            if not made:
                raise
            done = {"users": min(made, users), "attachments": max(0, made - users)}
            what = f"{error.what}; made before that: {simulated.amount_words(done)}"
            raise PryvTuiError(error.name, what, error.remedy) from error

    @contextmanager
    def _undisturbed(self, **amounts: int) -> Iterator[None]:
        """Keep runs from stopping a container or moving a folder during the block.

        Raises:
            PryvTuiError: as `may_grow`; or `practice`, the files are not complete just now.
        """
        homes = {one.name: one for one in map(self._home.home_of, ("core", "register"))}
        with ExitStack() as held:
            for name in sorted(homes):
                held.enter_context(homes[name].engine.still())
            self._needed(**amounts)
            with self._readable():
                yield

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, sqlite3.Error) as error:
            raise self._home.not_now(f"can't be used just now: {error}") from error

    def may_grow(self, users: int = 0, attachments: int = 0, points: int = 0) -> None:
        """Check that this can be created now. Nothing is changed.

        Raises:
            PryvTuiError: `usage`, no number is given; `practice`, a service that is needed is not
                running.
        """
        if not (users or attachments or points):
            raise PryvTuiError(
                "usage",
                "no number was given",
                "Give at least one: --users, --attachments, --points.",
            )
        self._needed(users, attachments, points)
        known = settings.load(self.folder).accounts
        if (attachments or points) and not users and not self._people(known):
            raise _nobody()

    def _needed(self, users: int = 0, attachments: int = 0, points: int = 0) -> None:
        """Raise `practice` if a service that is needed for this is not running."""
        if users:
            self._must_run("register", "nginx", "register", "redis")
            self._must_run("core", "core", "mongodb")
        if attachments:
            self._must_run("core", "nginx", "core", "mongodb")
        if points:
            self._must_run("core", "nginx", "hfs", "influxdb", "mongodb")

    def wipe(self, role: str) -> None:
        """Simulate the disaster: lose a role's containers and its folders.

        On a cluster a role is a machine, and all of its root is lost. On a single machine, what
        other roles also use stays. Vault and state folders are never touched.
        """
        everything = role in ("all", "single-node")
        named = next((name for name in ROLE_NAMES if name == role), None)
        if not everything and named is None:
            known = ", ".join((*ROLE_NAMES, "single-node", "all"))
            raise PryvTuiError("usage", f"no role is called {role!r}", f"One of: {known}.")
        if role == "single-node" and self.form != "single-node":
            raise PryvTuiError(
                "usage", "this practice platform is a cluster", "Name a role of it, or all."
            )
        simulated.note(self.folder, "lost", role)
        for machine in self._home.machines.values():
            if everything or machine.name == role:
                lose_machine(machine)
            elif self.form == "single-node" and named is not None:
                lose_role(machine, named)

    def rename_container(self, name: str, new: str, host: str = "") -> None:
        """Rename a container; see `neighbours.rename`."""
        machine = self._machine(host)
        neighbours.rename(machine, name, new)
        simulated.note(self.folder, "container_renamed", name, to=new)

    def add_container(self, name: str, folders: Sequence[str], host: str = "") -> None:
        """Start a container that is not part of the platform; see `neighbours.add`."""
        machine = self._machine(host)
        neighbours.add(self._home, machine, name, folders)
        simulated.note(self.folder, "container_added", name, to=", ".join(folders))

    def set_pace(self, seconds: float) -> bool:
        """Set how long each store's dump and restore takes from now on. Return whether that
        changed; if not, nothing is recorded.

        Raises:
            PryvTuiError: `usage`, the number is negative or too large.
        """
        if not 0 <= seconds <= SLOWEST:
            raise PryvTuiError("usage", f"a pace is 0 to {SLOWEST} seconds a store")
        if settings.load(self.folder).pace == seconds:
            return False
        simulated.note(self.folder, "pace", seconds=seconds)
        settings.set_pace(self.folder, seconds)
        return True

    def start_engines(self) -> None:
        """Make engines that stopped answering answer again, and clear that fault."""
        simulated.note(self.folder, "engine_started")
        self.faults.end_tripped("engine-gone")

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that can be lost separately."""
        return ROLE_NAMES

    def holds(self, role: str) -> bool:
        """Whether anything of a role exists. For `all` or `single-node`: anything of any role."""
        named = next((name for name in ROLE_NAMES if name == role), None)
        for machine in self._home.machines.values():
            services = {one.service for one in machine.own_containers()}
            if named is None or machine.name == role:
                if services or (machine.root.is_dir() and any(machine.root.iterdir())):
                    return True
            elif self.form == "single-node":
                mine, folders = of_role(named)
                if mine & services or any((machine.root / path).is_dir() for path in folders):
                    return True
        return False

    def _machine(self, host: str) -> Machine:
        """Return the machine of this name; without a name, the first machine."""
        if host and host not in self._home.machines:
            known = ", ".join(self._home.machines)
            raise PryvTuiError("usage", f"there is no machine {host!r}", f"One of: {known}.")
        return self._home.machines[host] if host else next(iter(self._home.machines.values()))

    def _must_run(self, role: str, *services: str) -> None:
        machine = self._home.home_of(role)
        own = ["pryv-tui", "--practice", str(self.folder)]
        for service in services:
            if not self._home.runs(service, on=machine):
                every = machine.own_containers()
                record = next((one for one in every if one.service == service), None)
                if record is None:
                    raise PryvTuiError(
                        "practice",
                        f"{machine.name} has no container of {service}: nothing new can be made",
                        f"Restore a set that holds {role}, then try again:"
                        f" {shlex.join([*own, 'list'])}",
                    )
                paused = record.state == "paused"
                how = "is paused" if paused else "is not running"
                start = [*own, "containers", "start", record.name, "--host", machine.name]
                raise PryvTuiError(
                    "practice",
                    f"pryvio_{service} {how} on {machine.name}: nothing new can be made",
                    "A backup with --hold resumes it by itself: wait for its end."
                    if paused
                    else f"Start it, then try again: {shlex.join(start)}",
                )

    def _people(self, accounts: int) -> list[Account]:
        """Return the accounts that core has now, sorted by number."""
        known = Path(self._life().places.users)
        if not known.parent.is_dir():
            raise self._home.not_now(f"has no accounts just now: {known.parent} is not there")
        everybody = [account(self._home.settings.seed, number) for number in range(accounts)]
        return [person for person in everybody if (known / person.folder).is_dir()]

    def _life(self) -> Life:
        # Loaded here: opening a platform needs no code for the documents' format.
        from pryv_tui.practice.life import Life, Places

        places = Places(
            core=self._home.home_of("core").root,
            register=self._home.home_of("register").root,
        )
        return Life(places, self._home.settings.seed, f"co1.{self.domain}")

    def _bring_up(self) -> None:
        """Create and start every container, register before those that wait for it."""
        order = sorted(self._home.machines.values(), key=lambda m: m.name != "register")
        for machine in order:
            records = []
            for file in COMPOSE_FILES.values():
                path = machine.root / file
                if path.is_file():
                    for wanted in compose.parse(path):
                        records.append(compose.container_record(wanted, path, machine.root))
            # Written in two rounds: services that use register look for its recorded container.
            for first in (True, False):
                chosen = [one for one in records if (one.service in _BOOT_ORDER) is first]
                for record in chosen:
                    start(self._home, machine, record)
                with machine.engine.change() as engine:
                    engine.containers |= {record.name: record for record in chosen}

    def _populate(self, users: int, attachments: int) -> None:
        settings.take_numbers(
            self.folder, accounts=users, attachments=attachments, points=min(users, 4)
        )
        life = self._life()
        people = [account(self._home.settings.seed, number) for number in range(users)]
        with life.at_once():
            life.begin()
            for person in people:
                life.register(person)
                life.settle(person)
            for number in range(attachments):
                life.attach(people[number % users], number)
            for number, person in enumerate(people[:4]):
                life.record(person, number, _POINTS_AT_BIRTH, when=person.registered + 7200)


def _nobody() -> PryvTuiError:
    return PryvTuiError("practice", "nobody has an account here", "Grow users first.")
