"""Prove that nothing can get out of a sandbox, before any data is put into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, NamedTuple

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.sandbox.guard import DrillMaker
from pryv_tui.hosts.sandbox.labels import not_of_drills
from pryv_tui.operations.containers.ending import Deadline
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.facts import ISOLATED, CheckState, Probe
from pryv_tui.operations.drilling.platform import need_machine
from pryv_tui.operations.drilling.probing import (
    ADDRESSES,
    NO_PROGRAM,
    PLAIN,
    RESOLVER,
    Answer,
    Attempt,
    attempts,
    attempts_in,
    judged,
    looked_up,
    lookups,
    name_servers,
    nobody_there,
    nothing_live,
    other_addresses,
    programs,
    sweep_names,
    sweeps,
    swept,
    verdict,
)
from pryv_tui.operations.drilling.wiring import nobody, within
from pryv_tui.operations.plan import Step, docker_exec
from pryv_tui.operations.steps.drilling.rehearsal import around, note_check, phase, rehearsal
from pryv_tui.phrases import counted

LOG_LINES = 20
_GONE = ("container-stopped", "container-missing")
NAMED = ("core", "mongodb")
"""Services of which the live containers are also looked up by name. By address, all live containers
are tried."""


class _Found(NamedTuple):
    """The results of all attempts that one container made."""

    tried: list[tuple[Attempt, Answer | None]]
    names: list[tuple[str, Answer | None]]
    addresses: Answer | None = None


class ProveIsolation(Step, frozen=True, kw_only=True, tag="prove-isolation"):
    """Let each container try to get out: by address, by name, to the machine, and to each live
    container.

    The drill ends if one attempt succeeds, or has no clear result. The services' containers have no
    data yet. They are removed after the proof, and made again with the same networks after the data
    is restored.
    """

    containers: tuple[tuple[str, str], ...]
    """Host of the set, and container."""
    subnets: tuple[str, ...] = ()
    """The sandbox's own networks."""
    doors: tuple[str, ...] = ()
    """The platform's host names, which must lead to an address in the sandbox."""
    walls: tuple[str, ...] = ()
    """The services' containers, which have no data yet and are removed after the proof."""

    @property
    def title(self) -> str:
        return "Prove that nothing in the sandbox reaches anything outside it"

    @property
    def command(self) -> tuple[str, ...]:
        out = Attempt("outwards", "203.0.113.1", 443)
        return tuple(
            docker_exec(name, programs(out.target, out.port)[0]) for _, name in self.containers
        )

    @property
    def inside(self) -> tuple[str, ...]:
        return tuple(name for _, name in self.containers)

    def perform(self, ctx: RunContext) -> None:
        with phase(ctx, "prove isolation", "sandbox"):
            probes: list[Probe] = []
            try:
                probes += self._probes(ctx)
                against = verdict(probes)
            except PryvTuiError as error:
                if error.name not in _GONE:
                    raise
                # A container that is not running can't try anything.
                against = (error.what,)
            if not against:
                self._take_walls_down(ctx)
        many = counted(len(self.containers), "container")
        told = f"{counted(len(attempts_in(probes)), 'attempt')} from {many}, none got out"
        if not against:
            note_check(ctx, ISOLATED, "", "passed", expected="no way out", found=told)
            return
        reached = any(probe.reached for probe in probes)
        state: CheckState = "failed" if reached else "could not verify"
        ended = () if reached else self._ended(ctx)
        why = "; ".join([*ended, *against][:3])
        note_check(ctx, ISOLATED, "", state, expected="no way out", why=why)
        raise PryvTuiError(
            "not-isolated",
            "the sandbox could not be proven isolated, so no data is put into it:"
            f" {'; '.join(ended) or against[0]}",
        )

    def _ended(self, ctx: RunContext) -> list[str]:
        """Describe the containers that no longer run, and print the last lines of their logs.

        After the sandbox is removed, nobody can read these logs.
        """
        told = []
        for machine in {machine: None for machine, _name in self.containers}:
            engine = around(ctx).site.host(machine).engine
            for one in engine.containers():
                if one.running or (machine, one.name) not in self.containers:
                    continue
                told.append(f"{one.name} does not stay up: {one.state}, exit code {one.exit_code}")
                for chunk in engine.logs(one.name, tail=LOG_LINES):
                    ctx.report.output("stderr", chunk)
        return told

    def _take_walls_down(self, ctx: RunContext) -> None:
        host, kept = need_machine(ctx.site.hosts), rehearsal(ctx).kept
        assert host.maker is not None and kept is not None
        maker = DrillMaker(host.maker, kept.drill, kept.folder)
        for name in self.walls:
            ctx.check_cancelled()
            maker.remove(name, kept.drill)

    def _probes(self, ctx: RunContext) -> Iterable[Probe]:
        host = need_machine(ctx.site.hosts)
        assert host.maker is not None
        gateways = host.maker.surroundings().gateways
        every = [
            one
            for state in ctx.deployment.hosts
            for one in not_of_drills(ctx.site.host(state.name).engine.containers())
        ]
        live = list(dict.fromkeys(address for one in every for address in one.addresses))
        # On the platform's own network, Docker would resolve these names.
        named = [one.name for one in every if one.service in NAMED]
        if not live and not named:
            yield _told(ctx, nothing_live(len(every)))
        name = f"reg.{ctx.deployment.domain}"
        names = [name, *self.doors, *named]

        def found_by(place: tuple[str, str]) -> _Found:
            return self._tried(ctx, place, gateways, live, list(dict.fromkeys(names)))

        # In parallel, because each attempt takes seconds on a network without a router.
        with ThreadPoolExecutor(max(1, len(self.containers))) as pool:
            for (_, container), found in zip(
                self.containers, pool.map(found_by, self.containers), strict=True
            ):
                alone = self._alone(found)
                for attempt, answer in found.tried:
                    yield _told(ctx, judged(attempt, container, answer, alone=alone))
                for each, answer in found.names:
                    what: Literal["name", "production"] = "production" if each in named else "name"
                    yield _told(ctx, looked_up(each, container, answer, what, self._own))
                if self.subnets:
                    yield _told(ctx, other_addresses(container, found.addresses))

    def _own(self, address: str) -> bool:
        return bool(self.subnets) and within(address, self.subnets)

    def _alone(self, found: _Found) -> bool:
        """Whether the sandbox's networks are proven to have no router: nothing answers at the
        address that a router would have."""
        said = {one.target: answer for one, answer in found.tried}
        return nobody_there(said.get(nobody(one)) for one in self.subnets)

    def _tried(
        self,
        ctx: RunContext,
        place: tuple[str, str],
        gateways: Iterable[str],
        live: Iterable[str],
        names: Sequence[str],
    ) -> _Found:
        asked = _ask(ctx, *place, [RESOLVER])
        servers = name_servers(asked.text) if asked is not None else []
        nets = [nobody(one) for one in self.subnets]
        goals = attempts([*nets, *gateways], live, servers)
        answers = _sweep(ctx, *place, goals)
        tried = [(one, answers.get(f"{one.target}:{one.port}")) for one in goals]
        looked = _look_up(ctx, *place, names)
        told = _ask(ctx, *place, [ADDRESSES]) if self.subnets else None
        return _Found(tried, looked, told)


def _told(ctx: RunContext, probe: Probe) -> Probe:
    ctx.report.drilled(probe)
    return probe


def _sweep(
    ctx: RunContext, machine: str, container: str, goals: Sequence[Attempt]
) -> Mapping[str, Answer]:
    """Make all attempts from one container; return the answers by `address:port`."""
    said: list[str] = []
    ran = _run(ctx, machine, container, sweeps(goals), said)
    if ran is not None:
        return swept(said)
    found = {}
    for one in goals:
        ctx.check_cancelled()
        answer = _ask(ctx, machine, container, programs(one.target, one.port))
        if answer is not None:
            found[f"{one.target}:{one.port}"] = answer
    return found


def _look_up(
    ctx: RunContext, machine: str, container: str, names: Sequence[str]
) -> list[tuple[str, Answer | None]]:
    """Look up all names from one container; return each name with its answer, in the same order."""
    said: list[str] = []
    ran = _run(ctx, machine, container, sweep_names(names), said)
    found = swept(said) if ran is not None else {}
    looked = []
    for name in names:
        answer = found.get(name)
        if answer is None or answer.code in NO_PROGRAM:
            ctx.check_cancelled()
            answer = _ask(ctx, machine, container, lookups(name))
        looked.append((name, answer))
    return looked


def _ask(
    ctx: RunContext, machine: str, container: str, argvs: Sequence[Sequence[str]]
) -> Answer | None:
    """Run the first of these programs that the container has; return its exit code and output.

    None: the container has none of them, or the program did not end in time.
    """
    said: list[str] = []
    code = _run(ctx, machine, container, argvs, said)
    return None if code is None or code < 0 else Answer(code, "\n".join(said))


def _run(
    ctx: RunContext,
    machine: str,
    container: str,
    argvs: Sequence[Sequence[str]],
    said: list[str],
) -> int | None:
    """Run the first of these programs that the container has; return its exit code.

    None: the container has none of them. Negative: the program did not end in time.

    Args:
        said: receives the lines of the output.
    """
    outer = around(ctx)
    for argv in argvs:
        try:
            return outer.exec(
                machine,
                container,
                argv,
                on_line=lambda _stream, line: said.append(line),
                ends=Deadline(ctx.site.patience.way_out),
                environment=PLAIN,
                quiet=True,
            )
        except Cancelled:
            ctx.check_cancelled()
            return -1
        except PryvTuiError as error:
            if error.name != "program-missing":
                raise
    return None
