"""Make a drill's sandbox: its folder, and containers with their configuration and no data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError, all_of
from pryv_tui.hosts.engine import Engine
from pryv_tui.hosts.sandbox.guard import DrillMaker
from pryv_tui.hosts.sandbox.making import (
    DNS_OPTIONS,
    NO_HOST,
    NOBODY,
    Network,
    Wanted,
    labels_of,
    labels_of_net,
)
from pryv_tui.hosts.sandbox.sink import log_sink
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.facts import Depth, Image, Sandbox
from pryv_tui.operations.drilling.places import Kept, keep_alone
from pryv_tui.operations.drilling.platform import narrowed, need_machine, sandbox_site
from pryv_tui.operations.drilling.spec import LOG, SINK
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.services.together import at_once, until_cancelled
from pryv_tui.operations.steps.drilling.rehearsal import Inner, note_check, phase, rehearsal
from pryv_tui.ownership import make_private
from pryv_tui.vault.in_use import being_read
from pryv_tui.vault.manifest import RecreatedFolder, SetHost
from pryv_tui.vault.set_files import FILES_NAME

LEFT_OFF = "left off"
"""The name, in the drill's record, of the check for each service that the sandbox leaves out."""


class BuildSandbox(Step, frozen=True, kw_only=True, tag="build-sandbox"):
    """Make the sandbox's containers: each has only the sandbox's networks, and no mount from
    outside it."""

    set_id: str
    drill: str
    folder: str
    expires: str
    roots: dict[str, str]
    """By host of the set, the sandbox's folder that takes the place of its root."""
    wanted: tuple[Wanted, ...]
    """The containers of the database servers."""
    expected: tuple[tuple[str, str], ...] = ()
    """Name and subject of each check that the drill will make."""
    services: tuple[Wanted, ...] = ()
    """The containers that start after the data is restored. Before that, for the proof of the
    isolation, each is a container without data and with the same networks."""
    networks: tuple[Network, ...] = ()
    left_off: tuple[tuple[str, str, str], ...] = ()
    """Service, host, and the reason why the sandbox does not have the service."""
    depth: Depth = "data"

    @property
    def title(self) -> str:
        return f"Make the sandbox {self.folder}"

    @property
    def command(self) -> tuple[str, ...]:
        lines = [quote("mkdir", "-p", "-m", "0700", self.folder)]
        lines += [net_line(self._placed(net)) for net in self.networks]
        lines += [run_line(one) for one in self.wanted]
        lines += [run_line(one.walls()) for one in self.services]
        return tuple(lines)

    @property
    def leaves(self) -> str:
        return "a part of the sandbox; to remove it: pryv-tui drill clean"

    @property
    def undone(self) -> str:
        return "the drill removes it at its end"

    def perform(self, ctx: RunContext) -> None:
        now = rehearsal(ctx)
        host = need_machine(ctx.site.hosts)
        assert host.maker is not None
        maker = DrillMaker(host.maker, self.drill, self.folder)
        backup = ctx.site.vault.resolve(self.set_id)
        manifest = backup.need("restore")
        now.reading.enter_context(being_read(backup.folder, backup.id))
        with phase(ctx, "make the sandbox", "sandbox"):
            kept = Kept(
                drill=self.drill,
                folder=self.folder,
                host=host.name,
                names=tuple(one.name for one in (*self.wanted, *self.services)),
                made=timestamp(),
                expires=self.expires,
            )
            now.held = keep_alone(ctx.site.state, kept)
            now.kept = kept
            ctx.report.drilled(
                Sandbox(
                    id=self.drill,
                    set=self.set_id,
                    depth=self.depth,
                    root=self.folder,
                    expires=self.expires,
                    practice=ctx.site.practice,
                    checks=self.expected,
                )
            )
            for service, machine_name, why in self.left_off:
                note_check(
                    ctx,
                    LEFT_OFF,
                    f"{service} of {machine_name}",
                    "not checked",
                    why=why,
                    beyond=True,
                )
            small = narrowed(backup, self.wanted)
            site = sandbox_site(
                ctx.site, host, small, self.wanted, self.roots, self.drill, self.folder
            )
            make_private(site.state)
            for part in manifest.hosts:
                root = Path(self.roots[part.name])
                root.mkdir(mode=0o755)
                self._prepare(part, backup.host_folder(part.name) / FILES_NAME, root)
            if any(m.destination == LOG for one in self.services for m in one.mounts):
                now.reading.enter_context(log_sink(Path(self.folder, SINK)))
            for net in self.networks:
                maker.make_network(self._placed(net))
            every = (*self.wanted, *self.services)
            for one in self._each(
                ctx, lambda one: maker.make(one.walls() if one in self.services else one)
            ):
                ctx.report.drilled(
                    Image(service=one.service, reference=one.reference, digest=one.image)
                )
            whole = sandbox_site(ctx.site, host, small, every, self.roots, self.drill, self.folder)
            # Whether they stay up is not checked here: next the isolation check runs programs in
            # each, and later each is watched when it has its data.
            engines = {machine.name: machine.engine for machine in whole.hosts}
            for _started in self._each(ctx, lambda one: self._start(engines[one.host], one)):
                pass
            found = site.discover()
            now.inner, now.around = (
                RunContext(
                    site=each,
                    deployment=found,
                    reporter=Inner(ctx.report),
                    cancel=ctx.cancel,
                    run_id=ctx.run_id,
                    set_id=self.set_id,
                )
                for each in (site, whole)
            )
            now.inner.whose = "the sandbox"

    def _placed(self, net: Network) -> Network:
        return msgspec.structs.replace(net, folder=self.folder)

    def _each(self, ctx: RunContext, act: Callable[[Wanted], None]) -> Iterator[Wanted]:
        """Call `act` for all containers in parallel; yield each container for which it is done.

        Raises:
            PryvTuiError: all failures together, after the last container.
        """
        every = {one.name: one for one in (*self.wanted, *self.services)}
        errors = []
        for name, error in at_once(until_cancelled(ctx, every), lambda name: act(every[name])):
            if error is None:
                yield every[name]
            else:
                errors.append(error)
        ctx.check_cancelled()
        if errors:
            raise all_of(errors)

    def _start(self, engine: Engine, one: Wanted) -> None:
        """Start one container.

        Raises:
            PryvTuiError: `not-isolated`, the image has no program to keep a container running for
                the isolation test; else the engine's error.
        """
        try:
            engine.start(one.name)
        except PryvTuiError as error:
            if error.name != "program-missing" or one not in self.services:
                raise
            raise PryvTuiError(
                "not-isolated",
                f"the image of {one.service} has no program that waits (sleep), so its isolation"
                " can't be tested before data is in it",
                f"Drill the data alone: pryv-tui drill run {self.set_id} --depth data",
            ) from error

    def _prepare(self, part: SetHost, files: Path, root: Path) -> None:
        """Make the folders that a part's containers mount: with configuration, without data.

        No data is copied before the isolation is proven.
        """
        data = {path for one in part.layout.stores.values() for path in (one.data, one.dump)}
        recreated = {folder.path: folder for folder in part.recreated}
        for one in self.wanted:
            if one.host != part.name:
                continue
            for mount in one.mounts:
                below = Path(mount.source).relative_to(root)
                _see_no_link(files, below)
                there = files / below
                into = root / below
                into.parent.mkdir(parents=True, exist_ok=True)
                if there.is_file():
                    shutil.copy2(there, into)
                elif str(below) in data or "conf" not in below.parts or not there.is_dir():
                    into.mkdir(exist_ok=True)
                    _own(into, recreated.get(str(below)), there)
                else:
                    shutil.copytree(there, into, symlinks=True, dirs_exist_ok=True)
                    _own(into, None, there)


def run_line(one: Wanted) -> str:
    """The shell line that creates and starts a container of the sandbox, with all its options.

    It has only the names of environment variables, because a value may be a password.
    """
    first = one.joins[0] if one.joins else None
    words: list[object] = ["docker", "run", "-d", "--name", one.name, "--restart", "no"]
    words += ["--network", first.network if first is not None else "none"]
    if first is not None:
        words += ["--ip", first.address] if first.address else []
        words += _options("--network-alias", first.aliases)
        words += ["--cap-drop", "NET_RAW", "--dns", NOBODY, *_options("--dns-option", DNS_OPTIONS)]
        words += _options("--add-host", (f"{name}:{at}" for name, at in one.hosts.items()))
    limits = one.limits
    words += ["--memory", limits.memory, "--memory-swap", limits.memory]
    words += ["--cpus", f"{limits.cpus:g}", "--pids-limit", limits.pids]
    held = (f"{name}={soft}:{hard}" for name, (soft, hard) in one.ulimits.items())
    words += _options("--ulimit", held)
    words += _options("--label", (f"{name}={value}" for name, value in labels_of(one).items()))
    words += _options(
        "-v", (f"{m.source}:{m.destination}:{'ro' if m.read_only else 'rw'}" for m in one.mounts)
    )
    words += _options("-e", one.environment)
    words += ["--user", one.user] if one.user else []
    words += ["--workdir", one.working_dir] if one.working_dir else []
    if one.entrypoint is not None:
        words += ["--entrypoint", *one.entrypoint[:1]]
    more = [*(one.entrypoint or ())[1:], *(one.command or ())]
    lines = [quote(*words, one.image, *more)]
    for joined in one.joins[1:]:
        place = ["--ip", joined.address] if joined.address else []
        place += _options("--alias", joined.aliases)
        lines.append(quote("docker", "network", "connect", *place, joined.network, one.name))
    return "; ".join(lines)


def net_line(net: Network) -> str:
    """The shell line that creates a network of the sandbox."""
    words = ["docker", "network", "create", "--driver", "bridge", "--internal"]
    words += _options("-o", (f"{key}={value}" for key, value in NO_HOST.items()))
    words += _options("--label", (f"{key}={value}" for key, value in labels_of_net(net).items()))
    return quote(*words, "--subnet", net.subnet, net.name)


def _options(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def _see_no_link(files: Path, below: Path) -> None:
    """Refuse a set with a symbolic link on the path to a folder or file that a container mounts.

    Raises:
        PryvTuiError: `not-isolated`, there is such a link.
    """
    for way in (below, *below.parents):
        if (files / way).is_symlink():
            raise PryvTuiError(
                "not-isolated",
                f"{way} is a symbolic link in the set: a container would get what it leads to",
            )


def _own(folder: Path, said: RecreatedFolder | None, there: Path) -> None:
    """Give a folder the owner and mode that it has on the platform, if this process is root.

    Args:
        said: the owner and mode that the set records; None: those of the folder `there` are taken.
    """
    if os.geteuid() != 0:
        return
    if said is not None:
        os.chown(folder, said.uid, said.gid)
        folder.chmod(said.mode)
    elif there.is_dir():
        status = there.stat()
        os.chown(folder, status.st_uid, status.st_gid)
        folder.chmod(status.st_mode & 0o7777)
