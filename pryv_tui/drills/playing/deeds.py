"""Perform the acts of a scenario on its practice platform: looks, runs of this program, damage."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.drills.playing import looks
from pryv_tui.drills.playing.ground import Ground
from pryv_tui.drills.scenarios.model import Act
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import PlanKind
from pryv_tui.practice.harm import meanwhile, silent
from pryv_tui.practice.home import Home
from pryv_tui.runs.left import Choice, left_behind
from pryv_tui.runs.not_started import not_started
from pryv_tui.runs.record.events import RunFinished, StepStarted
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import follow, start_run

Tell = Callable[[str], None]
"""Tells the player which step a run has started."""
_OUTCOMES = {"complete": "done", "warnings": "warnings", "refused": "refused"}
_BROUGHT = "brought"


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an act."""

    outcome: str
    """`done`, `warnings`, `failed`, `refused`, `busy`."""
    said: list[str] = []
    run: str = ""
    made: str = ""
    """The id of the set that a run made; else empty."""


def do(act: Act, ground: Ground, sets: Mapping[str, str], tell: Tell, *, again: str = "") -> Came:
    """Perform one act. An error that prevents the act becomes its outcome and is not raised.

    Args:
        sets: the ids of the sets, by their names in the scenario.
        again: the id of a run that was started for this act before the terminal was lost: that run
            is followed, and no new one is started. Empty: there is none.
    """
    try:
        came = _Deed(act, ground, sets, tell, again).do()
        return msgspec.structs.replace(came, said=[ground.brief(line) for line in came.said])
    except PryvTuiError as error:
        outcome = {Exit.BUSY: "busy", Exit.REFUSED: "refused", Exit.USAGE: "refused"}
        said = [error.what, *([error.remedy] if error.remedy else [])]
        return Came(outcome=outcome.get(error.exit, "failed"), said=said)
    except OSError as error:
        return Came(outcome="failed", said=[str(error)])


class _Deed:
    def __init__(
        self, act: Act, ground: Ground, sets: Mapping[str, str], tell: Tell, again: str
    ) -> None:
        self.act = act
        self.ground = ground
        self.sets = sets
        self.tell = tell
        self.again = again

    def do(self) -> Came:
        act, ground = self.act, self.ground
        match act.do:
            case "status":
                return _came(looks.status(ground))
            case "doctor":
                return _came(looks.preconditions(ground))
            case "list":
                return _came(looks.sets(ground, self.sets))
            case "hashes":
                return _came(looks.hashes(ground))
            case "audit-set":
                return _came(looks.audit_of(ground, self._set()))
            case "audit-live":
                return _came(looks.audit_now(ground, self._set() if act.set else ""))
            case "verify":
                return self._run("verify", set_id=self._set())
            case "backup":
                return self._run("backup", roles=act.roles)
            case "restore":
                return self._run("restore", set_id=self._set(), roles=act.roles, confirmed="dialog")
            case "bring-files":
                return self._bring()
            case "attach":
                return self._attach()
            case "finish":
                return self._recover("finish")
            case "roll-back":
                return self._recover("roll-back")
            case "undo":
                return self._undo()
            case _:
                return self._blow()

    def _blow(self) -> Came:
        """Change the platform directly, without a run of this program: data, faults, damage."""
        act, ground = self.act, self.ground
        platform, said = ground.platform, ""
        match act.do:
            case "grow":
                platform.grow(act.users, act.attachments, act.points)
            case "lose":
                platform.wipe(act.role)
            case "fault":
                platform.faults.set(act.fault)
            case "clear":
                platform.faults.clear(act.fault or None)
            case "start-engines":
                platform.start_engines()
            case "drop-events":
                silent.drop_events(ground.place)
            case "damage-file":
                silent.damage_file(ground.place)
            case "half-account":
                silent.half_account(ground.place)
            case "free-name":
                freed = silent.free_names(ground.place)
                said = f"Free again: {', '.join(freed)}" if freed else "There was none to free."
            case "start-meanwhile":
                meanwhile.start_meanwhile(ground.place, act.container)
            case "start-container":
                for host in platform.hosts:
                    if any(one.name == act.container for one in host.engine.containers()):
                        host.engine.start(act.container)
            case "remember":
                ground.remember(act.name)
        return Came(outcome="done", said=[said] if said else [])

    def _set(self) -> str:
        found = self.sets.get(self.act.set)
        if not found:
            raise PryvTuiError(
                "practice", f"the set {self.act.set!r} of this scenario was never made"
            )
        return found

    def _run(self, kind: PlanKind, **asked: Any) -> Came:
        begun = self._begun()
        return self._follow(begun or start_run(self.ground.settings, kind, **asked))

    def _begun(self) -> RunRecord | None:
        """The run that was started for this act before the terminal was lost, or None."""
        if not self.again:
            return None
        return next((one for one in self.ground.runs() if one.id == self.again), None)

    def _follow(self, record: RunRecord) -> Came:
        last: RunFinished | None = None
        for _line, event in follow(record):
            if isinstance(event, StepStarted):
                self.tell(self.ground.brief(event.title))
                if not self.act.wait:
                    said = [f"The run {record.id} continues by itself."]
                    return Came(outcome="done", said=said, run=record.id)
            if isinstance(event, RunFinished):
                last = event
        if last is None:
            return Came(
                outcome="failed",
                said=[f"The run {record.id} died, without a result."],
                run=record.id,
            )
        return Came(
            outcome=_OUTCOMES.get(last.outcome, "failed"),
            said=[last.what, *last.warnings, *last.remains][: looks.MOST],
            run=record.id,
            made=last.set or "",
        )

    def _attach(self) -> Came:
        runs = [one for one in self.ground.runs() if kind_of(one.kind).moves_roots]
        if not runs:
            return Came(outcome="refused", said=["There is no run to follow."])
        return self._follow(runs[-1])

    def _recover(self, choice: Choice) -> Came:
        if (begun := self._begun()) is not None:
            return self._follow(begun)
        site = self.ground.site
        deployment = site.discover()
        left = left_behind(site, deployment)
        if not left and (going := self.ground.going()):
            # What a run leaves half-done is known only after the run has ended.
            return Came(outcome="busy", said=[f"The run {going[-1].id} is running."])
        if not left:
            silent = [state.name for state in deployment.hosts if not state.reachable]
            said = [
                f"The engine of {name} does not answer, so that machine was not checked."
                for name in silent
            ]
            known = ", as far as can be told" if silent else ""
            stopped = [one.words for one in not_started(deployment, self.ground.runs())]
            other = " else" if stopped else ""
            said = [*stopped, f"Nothing{other} was left half-done{known}.", *said]
            return Came(outcome="refused", said=said)
        word = self.ground.platform.domain
        return self._follow(start_recovery(site, left[0], choice, word=word, confirmed="dialog"))

    def _undo(self) -> Came:
        restores = [one for one in self.ground.runs() if one.kind == "restore"]
        if not restores:
            return Came(outcome="refused", said=["There is no restore to undo."])
        return self._run(
            "undo",
            undone_run=restores[-1].id,
            word=self.ground.platform.domain,
            confirmed="dialog",
        )

    def _bring(self) -> Came:
        """Restore the damaged file from a set into another folder, then copy it to its place, as a
        person does with `restore SET --files PATH --to DIR` and `cp -a`."""
        path = silent.damaged_file(self.ground.place)
        to = self.ground.folder / _BROUGHT
        shutil.rmtree(to, ignore_errors=True)
        came = self._run("files", set_id=self._set(), files=(path,), to=str(to))
        if came.outcome not in ("done", "warnings"):
            return came
        found = [one for one in sorted(to.rglob(Path(path).name)) if one.is_file()]
        if len(found) != 1:
            return msgspec.structs.replace(came, outcome="failed", said=[f"{path} did not arrive"])
        target = Home(self.ground.place).home_of("core").root / path
        shutil.copy2(found[0], target)
        status = found[0].stat()
        if os.geteuid() == 0:
            os.chown(target, status.st_uid, status.st_gid)
        shutil.rmtree(to)
        return msgspec.structs.replace(came, said=[*came.said, f"Back in place: {path}"])


def _came(seen: looks.Seen) -> Came:
    return Came(outcome=seen.outcome, said=seen.said)
