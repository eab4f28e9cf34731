"""Restore a store from its dump, and compare the result with the set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, docker_exec
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.layout import Layout


class RestoreStore(Step, frozen=True, kw_only=True, tag="restore"):
    """Run the store's restore tool, judge its output, then compare the server with the set."""

    store: str
    root: str
    layout: Layout
    holds: dict[str, Any]
    offline: bool = False
    """Whether an earlier step puts the files in place. Then the tool runs only if that failed."""
    workers: int = 0
    """The number of parallel workers for the tool; 0: the tool's own default."""

    @property
    def destructive(self) -> bool:
        # Redis's files were copied back before. After an offline restore that failed, the tool
        # fills the empty folder that the copy back made.
        return self.store != "redis" and not self.offline

    @property
    def title(self) -> str:
        title = STORES[self.store].title
        if self.store == "redis" or self.offline:
            return f"Compare {title} on {self.host} with the set"
        return f"Restore {title} on {self.host} and compare it with the set"

    @property
    def command(self) -> tuple[str, ...]:
        return self._lines(())

    @property
    def typed(self) -> tuple[str, ...]:
        return self._lines(STORES[self.store].handed)

    @property
    def inside(self) -> tuple[str, ...]:
        return (self.layout.stores[self.store].container,)

    def _lines(self, handed: tuple[str, ...]) -> tuple[str, ...]:
        if self.offline:
            return self.comparison(handed)
        (container,) = self.inside
        argvs = STORES[self.store].restore_command(self.layout, self.workers)
        return tuple(docker_exec(container, argv, handed=handed) for argv in argvs)

    def comparison(self, handed: tuple[str, ...]) -> tuple[str, ...]:
        """The shell lines that print the server's content, to compare it with the set.

        Args:
            handed: names of environment variables that are passed on to the program.
        """
        (container,) = self.inside
        lines = []
        for argv in STORES[self.store].compare_command():
            line = docker_exec(container, argv, handed=handed)
            lines.append(f"{line} > /dev/null" if "--archive" in argv else line)
        return tuple(lines)

    @property
    def leaves(self) -> str:
        return f"a part of the data of {self.store}, in a data folder that is new"

    @property
    def undone(self) -> str:
        return "undo of this run puts the former data folder back"

    def perform(self, ctx: RunContext) -> None:
        module = STORES[self.store]
        if self.store not in ctx.facts.of(self.host).offline:
            module.restore(ctx, self.host, self.layout, self.holds, self.workers)
        data = Path(self.root) / self.layout.stores[self.store].data
        module.compare(ctx, self.host, self.holds, data)
