"""Build the plan that a request asks for: the same for a preview and for the worker."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.commands import completed
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.plans.container import ACTS
from pryv_tui.operations.plans.files import bring_plan
from pryv_tui.operations.plans.prune import prune_plan
from pryv_tui.operations.plans.recover import recover_plan
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.plans.transfer import (
    Repository,
    fetch_plan,
    repository_for,
    send_plan,
)
from pryv_tui.operations.root.files_target import refuse_in_a_set, rests_below
from pryv_tui.operations.sets.known_vaults import require, resolve
from pryv_tui.operations.sets.missing_roles import missing_roles
from pryv_tui.operations.sets.parent import parents_for
from pryv_tui.operations.sets.retention import KeepRules, confirmed, judge, newest_kept
from pryv_tui.operations.settings.shrinking import Limits
from pryv_tui.operations.site import Site, repository_of
from pryv_tui.platform.gap import AS_USUAL, GapChoices
from pryv_tui.runs.planning.adopt import plan_adopt
from pryv_tui.runs.planning.undo import plan_release, plan_undo
from pryv_tui.runs.record.chain import half_done_chain, ran_before, unwell_before
from pryv_tui.runs.record.durations import last_seconds
from pryv_tui.runs.record.history import (
    all_runs,
    debts_of,
    policies_owed,
    resolve_run,
)
from pryv_tui.runs.record.request import RunRequest
from pryv_tui.runs.record.resume import copied_back, stores_back
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.matching import match
from pryv_tui.vault.restic.repository import RepositoryVault
from pryv_tui.vault.seal import broken_seal
from pryv_tui.vault.set_names import check_label
from pryv_tui.vault.sets import BackupSet


def plan_backup(
    site: Site,
    deployment: Deployment,
    *,
    roles: Sequence[str] = (),
    label: str = "",
    run_id: str = "RUN",
    gap: GapChoices = AS_USUAL,
    linking: Linking = "unchanged",
    nice: bool = False,
    limits: Limits | None = None,
) -> Plan:
    """The plan of a backup as it would be taken now.


    Args:
        limits: which share of what the set before held makes this one suspicious; the settings'
            where nobody says else.

    Raises:
        PryvTuiError: `usage`, the label can't be used; `refused`, see `backup_plan`.
    """
    check_label(label)
    sets = site.vault.sets()
    parents = parents_for(
        sets,
        practice=site.practice,
        domain=deployment.domain,
        hosts=deployment.hosts,
    )
    made = backup_plan(
        deployment,
        roles=roles,
        vault=str(site.vault.folder),
        set_id=site.vault.new_id(label),
        run_id=run_id,
        gap=gap,
        parents=parents,
        linking=linking,
        nice=nice,
        repository=_repository(site, deployment, sets),
        limits=limits or site.settings.limits,
        expected=last_seconds(site.state, "backup", roles or deployment.roles),
        missing=missing_roles(deployment, sets, practice=site.practice),
    )
    return _spoken(made, site)


def _spoken(plan: Plan, site: Site) -> Plan:
    """A plan whose sentences name commands as they are typed for this platform."""
    given = site.settings.given
    return msgspec.structs.replace(
        plan,
        notice=tuple(completed(line, given) for line in plan.notice),
        effects=tuple(completed(line, given) for line in plan.effects),
    )


def _repository(site: Site, deployment: Deployment, sets: Sequence[BackupSet]) -> Repository | None:
    """The vault, where it is a repository."""
    vault = site.vault
    if not isinstance(vault, RepositoryVault):
        return None
    return repository_for(
        vault.restic.location,
        str(vault.folder),
        sets,
        domain=deployment.domain,
        practice=site.practice,
        is_origin=lambda backup: vault.is_origin(backup.id, backup.snapshot),
        to_prune=vault.words.to_prune,
    )


def plan_send(site: Site, deployment: Deployment, set_name: str) -> Plan:
    """The plan that sends a set which is on this machine alone.

    Raises:
        PryvTuiError: `set-unknown`; `refused`, there is nothing to send, or no repository.
    """
    repository_of(site)
    sets = site.vault.sets()
    repository = _repository(site, deployment, sets)
    assert repository is not None
    return send_plan(repository, resolve(site, set_name))


def plan_fetch(site: Site, deployment: Deployment, set_name: str) -> Plan:
    """The plan that brings a set's files to this machine.

    Raises:
        PryvTuiError: `set-unknown`; `refused`, they are here, or there is no repository.
    """
    repository_of(site)
    repository = _repository(site, deployment, ())
    assert repository is not None
    return fetch_plan(repository, resolve(site, set_name))


def plan_restore(
    site: Site,
    deployment: Deployment,
    set_name: str,
    *,
    roles: Sequence[str] = (),
    run_id: str = "RUN",
    continues: str = "",
) -> Plan:
    """The plan of a restore as it would be done now.

    Args:
        continues: a restore that was stopped half-way and that this one brings to its end: the
            content that it moved aside stays where it is, and what ran before it is started.
    """
    asides, chain = half_done_chain(site, deployment, continues, but=run_id)
    kept: dict[str, frozenset[str]] = {}
    if continues and resolve(site, set_name).id == resolve_run(site.state, continues).set:
        record = resolve_run(site.state, continues)
        states = [state for state in deployment.hosts if state.name in asides]
        kept = {
            state.name: stores_back(record, state.name)
            for state in states
            if copied_back(record, state)
        }
    made = restore_plan(
        deployment,
        resolve(site, set_name),
        roles=roles,
        run_id=run_id,
        asides=asides,
        ran=ran_before(chain),
        unwell=unwell_before(chain),
        kept=kept,
        repository=_repository(site, deployment, ()),
        policies=policies_owed(site.state),
        expected=last_seconds(site.state, "restore"),
        missing=missing_roles(deployment, site.vault.sets(), practice=site.practice),
    )
    return _spoken(made, site)


def plan_files(
    site: Site,
    deployment: Deployment,
    set_name: str,
    patterns: Sequence[str],
    *,
    to: str = "",
    run_id: str = "RUN",
) -> Plan:
    """The plan that brings back single files of a set.

    Raises:
        PryvTuiError: `set-unknown`; `refused`, see `bring_plan`; `set-damaged`.
    """
    backup = resolve(site, set_name)
    manifest = backup.manifest
    if manifest is None:
        raise PryvTuiError(
            "refused",
            f"{backup.id} is {backup.state}: {backup.problem}",
            "Choose a complete set: pryv-tui list",
        )
    backup.need_files()
    if manifest.practice != site.practice:
        raise PryvTuiError(
            "refused",
            f"{backup.id} is a set of another kind of platform",
            "Choose a set of this platform: pryv-tui list",
        )
    wrong = broken_seal(backup.folder, sealed=manifest.sealed)
    if wrong:
        raise PryvTuiError("set-damaged", f"{backup.id}: {'; '.join(wrong)}")
    if to:
        refuse_in_a_set(to, site.vault.folder)
    over = [run for run in all_runs(site.state) if run.state not in ("running", "starting")]
    matched = {part.name: match(backup.host_folder(part.name), patterns) for part in manifest.hosts}
    return bring_plan(
        deployment,
        backup,
        patterns,
        matched,
        run_id=run_id,
        vault=str(site.vault.folder),
        to=to,
        rests=rests_below(deployment, [run.id for run in over if run.kind == "files"]),
    )


def plan_prune(
    site: Site,
    deployment: Deployment,
    rules: KeepRules,
    shown: Collection[str] | None = None,
) -> Plan:
    """The plan that removes the sets which no rule keeps, and the rest of what was begun.

    Args:
        shown: the sets that it was confirmed for, where it was; no other one goes.
    """
    sets = site.vault.sets()
    require(site)
    judged = judge(
        sets, rules, domain=deployment.domain, practice=site.practice, accepted=site.accepted
    )
    if shown is not None:
        judged = confirmed(judged, shown)
    return prune_plan(
        judged,
        vault=str(site.vault.folder),
        domain=deployment.domain,
        roles=deployment.roles,
        begun=site.vault.half_removed(),
        repository=_repository(site, deployment, sets),
        snapshots={b.id: (b.snapshot, *b.twins) for b in sets if b.snapshot},
        instead=newest_kept(sets, judged),
    )


def plan_request(site: Site, deployment: Deployment, request: RunRequest) -> Plan:
    """The plan of a run as it was asked for."""
    if request.kind == "backup":
        return plan_backup(
            site,
            deployment,
            roles=request.roles,
            label=request.label,
            run_id=request.run,
            gap=request.gap,
            linking=request.linking,
            nice=request.nice,
            limits=request.limits,
        )
    if request.kind == "restore":
        return plan_restore(
            site,
            deployment,
            request.set_id,
            roles=request.roles,
            run_id=request.run,
            continues=request.continues,
        )
    if request.kind == "release":
        return plan_release(site, deployment, request.released_run)
    if request.kind == "files":
        return plan_files(
            site,
            deployment,
            request.set_id,
            request.files,
            to=request.to,
            run_id=request.run,
        )
    if request.kind == "send":
        return plan_send(site, deployment, request.set_id)
    if request.kind == "fetch":
        return plan_fetch(site, deployment, request.set_id)
    if request.kind == "prune":
        return plan_prune(site, deployment, request.keep, request.shown)
    if request.kind == "adopt" and request.adopt is not None:
        return plan_adopt(site, deployment, request.adopt, label=request.label)
    if request.kind in ACTS:
        # It looks at what earlier runs left, which is planned for here too.
        from pryv_tui.runs.planning.container import plan_switch

        return plan_switch(
            site, deployment, request.kind, request.container, request.host, but=request.run
        )
    if request.kind == "recover":
        record = resolve_run(site.state, request.recovers)
        debts = debts_of(record)
        return recover_plan(
            deployment,
            dead_run=record.id,
            outstanding=debts.outstanding,
            unwell=unwell_before([record]),
        )
    return plan_undo(
        site,
        deployment,
        request.undone_run,
        run_id=request.run,
        goes_on=bool(request.recovers),
    )
