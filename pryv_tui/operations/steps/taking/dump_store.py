"""Dump a store or make its files consistent, and check the result by its content."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.holding import begin_moment, record_moment
from pryv_tui.operations.plan import Step, docker_exec
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.layout import Layout


class DumpStore(Step, frozen=True, kw_only=True, tag="dump"):
    """Run the dump tool of a store inside the store's container."""

    store: str
    layout: Layout
    roles: tuple[str, ...]

    @property
    def title(self) -> str:
        title = STORES[self.store].title
        if self.store == "redis":
            return f"Make {title}'s files consistent on {self.host}"
        return f"Dump {title} on {self.host}"

    @property
    def command(self) -> tuple[str, ...]:
        return self._lines(())

    @property
    def typed(self) -> tuple[str, ...]:
        return self._lines(STORES[self.store].handed)

    def _lines(self, handed: tuple[str, ...]) -> tuple[str, ...]:
        (container,) = self.inside
        argvs = STORES[self.store].dump_command(self.layout)
        return tuple(docker_exec(container, argv, handed=handed) for argv in argvs)

    @property
    def inside(self) -> tuple[str, ...]:
        return (self.layout.stores[self.store].container,)

    @property
    def leaves(self) -> str:
        if self.store == "redis":
            return "nothing: Redis rewrites its own file"
        return "a part of a dump in the dump folder; it never becomes part of a set"

    @property
    def leaves_nothing(self) -> bool:
        return self.store == "redis"

    @property
    def undone(self) -> str:
        return "the dump folder gets its former content back"

    def perform(self, ctx: RunContext) -> None:
        container = self.layout.stores[self.store].container
        found = ctx.state_of(self.host).container(self.store)
        if found is None:
            raise PryvTuiError("container-missing", f"there is no container {container}")
        started = begin_moment(ctx, self.store, self.roles, self.host)
        holds = STORES[self.store].dump(ctx, self.host)
        ctx.facts.of(self.host).stores[self.store] = holds
        record_moment(ctx, self.store, self.roles, self.host, started)
