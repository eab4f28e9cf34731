"""How tests are handed out to the processes of xdist: by their groups, as it does by itself, but
what was done is put away.

xdist keeps each test that was done and counts through all of them after each test, and it looks
for each test's number from the start of their list: with some thousand tests that is ten seconds
of processor time.
"""

from __future__ import annotations

from typing import Any

import pytest


def by_group(config: pytest.Config, log: Any) -> Any:
    """What hands the tests out."""
    # Late: the processes that run the tests need none of it.
    from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

    class ByGroup(LoadGroupScheduling):  # type: ignore[misc]
        numbers: dict[str, int] | None = None

        def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
            name = self.registered_collections[node][item_index]
            group = self._split_scope(name)
            units = self.assigned_work[node]
            units[group][name] = True
            if all(units[group].values()):
                del units[group]
            self._reschedule(node)

        def _assign_work_unit(self, node: Any) -> None:
            if self.numbers is None:
                # The same in each process: xdist has seen to that.
                self.numbers = {name: at for at, name in enumerate(self.collection)}
            group, unit = self.workqueue.popitem(last=False)
            self.assigned_work.setdefault(node, {})[group] = unit
            node.send_runtest_some([self.numbers[name] for name, done in unit.items() if not done])

    return ByGroup(config, log)
