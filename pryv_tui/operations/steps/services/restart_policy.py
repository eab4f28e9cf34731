"""Prevent an engine from starting containers by itself while a root is half-restored.

Every template sets `restart: always`. The engine starts such a container whenever the engine or the
machine restarts, even if somebody had stopped it (docs.docker.com, "Start containers
automatically"). In the middle of a restore an application would then write into a half-restored
root, and into databases without their content.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pryv_tui.errors import PryvTuiError, all_of
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import NO_RESTART
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Step, quote
from pryv_tui.operations.services.together import at_once

Policies = dict[str, str]
"""By container, its restart policy in the form for `docker update --restart`."""


def policies_of(
    deployment: Deployment, host: str, owed: Mapping[tuple[str, str], str] | None = None
) -> Policies:
    """Return the restart policies of a host's containers, by name.

    If an earlier run has removed a container's policy, the policy from before that run is returned.

    Args:
        owed: by host and container, the policies that earlier runs have removed and not set again.
    """
    state = deployment.host(host)
    found: Policies = {}
    others = [o.container for o in state.others if o.in_the_way] if state else []
    for container in (*state.containers, *others) if state else ():
        policy: str = container.restart_policy
        if policy == NO_RESTART:
            policy = (owed or {}).get((host, container.name), NO_RESTART)
        if policy != NO_RESTART:
            found[container.name] = policy
    return found


def update(policies: Policies) -> tuple[str, ...]:
    """The shell lines that set the restart policies, one line for each policy."""
    return tuple(
        quote(
            "docker",
            "update",
            "--restart",
            policy,
            *sorted(n for n in policies if policies[n] == policy),
        )
        for policy in sorted(set(policies.values()))
    )


def give_back(ctx: RunContext, host: str, policies: Policies) -> None:
    """Set the restart policies of the containers that exist, and record that they are set again.

    Raises:
        PryvTuiError: the engine could not set a policy.
    """
    engine = ctx.site.host(host).engine
    errors = []
    for name, error in at_once(
        policies, lambda name: engine.set_restart_policy(name, policies[name])
    ):
        if error is not None and error.name != "container-missing":
            errors.append(error)
            continue
        ctx.settle(Owed(kind="restart-policy", host=host, what=name, where=policies[name]))
    if errors:
        raise all_of(errors)


class NoRestarts(Step, frozen=True, kw_only=True, tag="no-restarts"):
    """Remove the containers' restart policies, after recording them in the journal."""

    policies: Policies

    destructive = True

    @property
    def title(self) -> str:
        return f"Keep the engine of {self.host} from starting containers by itself"

    @property
    def command(self) -> tuple[str, ...]:
        return update(dict.fromkeys(self.policies, NO_RESTART))

    @property
    def leaves(self) -> str:
        return "containers that a restart of the engine does not bring up"

    @property
    def undone(self) -> str:
        return "; ".join(update(self.policies))

    def perform(self, ctx: RunContext) -> None:
        engine = ctx.site.host(self.host).engine
        there = {container.name for container in engine.glance()}
        errors = []
        for _name, error in at_once(
            self._owed(ctx, there), lambda name: engine.set_restart_policy(name, NO_RESTART)
        ):
            # The engine can't start a container that was removed in between.
            if error is not None and error.name != "container-missing":
                errors.append(error)
        if errors:
            raise all_of(errors)
        if left := self._left(ctx):
            raise PryvTuiError(
                "check-failed",
                f"these containers of {self.host} would still be started by the engine itself:"
                f" {', '.join(left)}",
            )

    def _owed(self, ctx: RunContext, there: Collection[str]) -> Iterator[str]:
        """Yield the existing containers; before each, record in the journal that its policy has to
        be set again."""
        for name, policy in self.policies.items():
            if name in there:
                ctx.owe(Owed(kind="restart-policy", host=self.host, what=name, where=policy))
                yield name

    def _left(self, ctx: RunContext) -> list[str]:
        found = ctx.site.host(self.host).engine.containers()
        return [c.name for c in found if c.name in self.policies and c.restart_policy != NO_RESTART]


class GiveRestarts(Step, frozen=True, kw_only=True, tag="give-restarts"):
    """Set the former restart policies again: from now on the data is complete if the engine starts
    a container."""

    policies: Policies

    @property
    def title(self) -> str:
        return f"Let the engine of {self.host} start its containers by itself again"

    @property
    def command(self) -> tuple[str, ...]:
        return update(self.policies)

    @property
    def leaves(self) -> str:
        return "containers that a restart of the engine does not bring up"

    @property
    def undone(self) -> str:
        return "; ".join(update(dict.fromkeys(self.policies, NO_RESTART)))

    def perform(self, ctx: RunContext) -> None:
        give_back(ctx, self.host, self.policies)
