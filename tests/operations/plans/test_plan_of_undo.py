"""The plan of an undo: what comes back, and what is started again."""

from __future__ import annotations

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import tag_of
from pryv_tui.operations.plans.undo import undo_plan
from pryv_tui.operations.sets.targets import Target
from pryv_tui.operations.steps.bringing_back.ask_newer import AskNewer
from pryv_tui.operations.steps.services.start_services import StartServices
from tests.operations.kit import deployed
from tests.operations.plans.planned import undo_of


class TestUndo:
    def test_stop_put_back_start_register_first(self) -> None:
        plan = undo_of("core", "register")
        tags = [tag_of(step) for step in plan.steps]
        assert tags == [
            "try-moves",
            "stop",
            "stop",
            "put-back-root",
            "put-back-root",
            "start",
            "start",
            "tell-set-aside",
            "audit-live",
        ]
        assert [step.host for step in plan.steps[-4:-2]] == ["register", "core"]

    def test_it_ends_with_the_live_audit_where_core_lives_on(self) -> None:
        owed = [Owed(kind="aside", host="core", what="/x", where="/x/y")]

        def ends(*machines: str, gone: dict[str, tuple[str, ...]]) -> list[str]:
            plan = undo_plan(deployed(*machines), undone_run="OLD", owed=owed, ran={},
                             run_id="RUN", without=gone)  # fmt: skip
            return [tag_of(step) for step in plan.steps[-2:]]

        assert ends("core", "register", gone={}) == ["tell-set-aside", "audit-live"]
        assert ends("core", "register", gone={"register": ("register",)})[-1] == "audit-live"
        assert "audit-live" not in ends("core", "register", gone={"core": ("core",)})
        assert ends("core", gone={}) == ["tell-set-aside", "audit-live"]
        assert "audit-live" not in ends("core", gone={"core": ("core",)})
        assert "audit-live" not in ends("core", "static-web", gone={"core": ("core",)})

    def test_a_machine_that_was_only_stopped_runs_again(self) -> None:
        owed = [Owed(kind="aside", host="core", what="/x", where="/x/y")]
        ran = {"core": ["pryvio_core"], "register": ["pryvio_register"]}
        plan = undo_plan(
            deployed("core", "register"),
            undone_run="OLD",
            owed=owed,
            ran=ran,
            run_id="RUN",
            policies={("register", "pryvio_register"): "always"},
        )
        tags = [tag_of(step) for step in plan.steps if step.host == "register"]
        assert tags == ["stop", "no-restarts", "give-restarts", "start"]

    def test_it_is_about_the_roles_whose_content_comes_back(self) -> None:
        owed = [Owed(kind="aside", host="core", what="/x", where="/x/y")]
        here = deployed("core", "register")
        plan = undo_plan(here, undone_run="OLD", owed=owed, ran={}, run_id="RUN")
        assert plan.roles == ("core",)
        bare = {"core": ("core",)}
        plan = undo_plan(here, undone_run="OLD", owed=owed, ran={}, run_id="RUN", without=bare)
        assert plan.roles == ()

    @pytest.mark.parametrize("of_undo", [False, True])
    @pytest.mark.parametrize("machine", ["core", "register", "static-web"])
    def test_that_it_is_counted_first_is_said_where_a_step_counts_it(
        self, machine: str, of_undo: bool
    ) -> None:
        owed = [Owed(kind="aside", host=machine, what="/x", where="/x/y")]
        asking = AskNewer(set_id="S", targets=(Target(set_host=machine, host=machine, root="/x"),))
        for each in (asking, None):
            plan = undo_plan(deployed("core", "register", "static-web"), undone_run="OLD",
                             owed=owed, ran={}, run_id="RUN", asking=each,
                             of_undo=of_undo)  # fmt: skip
            told = "\n".join(plan.effects)
            counts = any(isinstance(step, AskNewer) for step in plan.steps)
            assert counts is (each is not None)
            assert ("are counted first, if the databases can be queried" in told) is counts
            assert ("The content moved aside is not counted first." in told) is not counts
        # It is back already: nothing is counted any more.
        plan = undo_plan(deployed(machine), undone_run="OLD", owed=owed, ran={}, run_id="RUN",
                         asking=asking, returned=["/x/y"], of_undo=of_undo)  # fmt: skip
        assert "The content moved aside is not counted first." in "\n".join(plan.effects)

    def test_only_what_ran_before_is_started(self) -> None:
        starts = [s for s in undo_of("core", "register").steps if isinstance(s, StartServices)]
        assert {name for step in starts for name in step.containers} == {
            "pryvio_register",
            "pryvio_core",
            "pryvio_mongodb",
        }

    def test_a_run_that_moved_nothing_is_refused(self) -> None:
        started = Owed(kind="start", host="core", what="pryvio_core")
        with pytest.raises(PryvTuiError, match="moved nothing aside") as caught:
            undo_plan(deployed("core"), undone_run="OLD", owed=[started], ran={}, run_id="RUN")
        assert caught.value.name == "refused"
        assert caught.value.what == "the run OLD moved nothing aside: there is nothing to undo"

    def test_a_machine_that_is_gone_is_refused(self) -> None:
        owed = [Owed(kind="aside", host="gone", what="/x", where="/x/y")]
        with pytest.raises(PryvTuiError, match="gone") as caught:
            undo_plan(deployed("core"), undone_run="OLD", owed=owed, ran={}, run_id="RUN")
        assert caught.value.name == "refused"
