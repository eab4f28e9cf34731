"""Build the plan of a prune, which removes the sets that no rule keeps. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pryv_tui.operations.plan import Plan, Step, numbered
from pryv_tui.operations.plans.transfer import Repository, forget_step
from pryv_tui.operations.sets.retention import Judgement, groups_line
from pryv_tui.operations.steps.sets.flag_sets import FlagSets
from pryv_tui.operations.steps.sets.forget_set import ForgetSet
from pryv_tui.operations.steps.sets.prune_repository import PruneRepository
from pryv_tui.operations.steps.sets.remove_rest import RemoveRest
from pryv_tui.operations.steps.sets.remove_set import RemoveSet


def prune_plan(
    judged: Sequence[Judgement],
    *,
    vault: str,
    domain: str,
    roles: Sequence[str] = (),
    begun: Sequence[str] = (),
    repository: Repository | None = None,
    snapshots: Mapping[str, Sequence[str]] | None = None,
    instead: Mapping[str, str] | None = None,
) -> Plan:
    """Plan to remove the sets that are not kept, oldest first, and to report those that a person
    should look at.

    Args:
        judged: for every set, whether it is kept, and the reason.
        vault: the folder of the vault.
        domain: the platform's domain, which the operator types to confirm the prune.
        roles: the platform's roles.
        begun: ids of sets, or of working copies, whose removal was stopped half-way.
        repository: the vault's repository; None if the vault is a folder.
        snapshots: by set, its snapshots in the repository.
        instead: by removed set, the newest set of its kind that is kept.
    """
    flagged = tuple(f"{one.set_id}: {one.why}" for one in judged if one.flagged)
    steps: list[Step] = [FlagSets(flagged=flagged)] if flagged else []
    there = {one.set_id for one in judged}
    steps += [RemoveRest(vault=vault, set_id=name, of_copy=name in there) for name in begun]
    sent = snapshots or {}
    for one in judged:
        if one.keep:
            continue
        if repository is not None and one.set_id in sent:
            kept = (instead or {}).get(one.set_id, "")
            steps.append(
                forget_step(
                    repository,
                    one.set_id,
                    sent[one.set_id],
                    kept=kept,
                    kept_snapshots=sent.get(kept, ()),
                )
            )
        else:
            steps.append(RemoveSet(vault=vault, set_id=one.set_id))
    forgets = any(isinstance(step, ForgetSet) for step in steps)
    if repository is not None and (forgets or repository.to_prune):
        steps.append(PruneRepository(location=repository.location))
    return Plan(
        kind="prune",
        roles=tuple(roles),
        steps=numbered(steps),
        domain=domain,
        effects=(
            *filter(None, [groups_line(judged)]),
            *(f"Kept: {one.set_id}: {one.why}." for one in judged if one.keep),
            "A set that is removed is gone for good. The sets that are kept lose nothing, even if"
            " they share files with it.",
            "The running platform is not touched.",
        ),
    )


def removed_by(plan: Plan) -> tuple[str, ...]:
    """Return the sets that a plan removes. They have to be shown before it is confirmed."""
    return tuple(step.set_id for step in plan.steps if isinstance(step, RemoveSet | ForgetSet))


def rests_of(plan: Plan) -> tuple[str, ...]:
    """Describe what a plan removes in addition to whole sets."""
    # If the plan forgets sets, the pruned data is theirs, and not mentioned separately.
    forgets = any(isinstance(step, ForgetSet) for step in plan.steps)
    return tuple(
        step.what
        for step in plan.steps
        if isinstance(step, RemoveRest) or (isinstance(step, PruneRepository) and not forgets)
    )


def how_much(plan: Plan) -> str:
    """Describe how much a plan removes; empty if nothing."""
    gone, rests = len(removed_by(plan)), len(rests_of(plan))
    told = [f"{gone} {'set' if gone == 1 else 'sets'}"] if gone else []
    if rests:
        told.append(f"the rest of {rests} {'removal' if rests == 1 else 'removals'}")
    return " and ".join(told)
