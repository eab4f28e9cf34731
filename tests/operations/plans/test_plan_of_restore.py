"""The plan of a restore: each phase on all machines before the next."""

from __future__ import annotations

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plan import tag_of
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.steps.bringing_back.check_restore import CheckRestore
from pryv_tui.operations.steps.services.ask_services import AskServices
from pryv_tui.operations.steps.services.start_services import StartServices
from tests.operations.kit import deployed, manifest_of, part, set_of
from tests.operations.plans.planned import ROLES, restore_of


def test_the_plan_shows_with_how_many_workers_mongorestore_runs() -> None:
    manifest = manifest_of(part("core", "core"))
    for workers, options in ((0, 0), (8, 2)):
        plan = restore_plan(deployed("core"), set_of(manifest), run_id="RUN", workers=workers)
        (line,) = next(s for s in plan.steps if s.id.endswith("restore-mongodb-core")).command
        assert line.count("=8 ") == options, line


class TestRestore:
    def test_nothing_is_changed_before_the_set_is_verified_and_compared(self) -> None:
        steps = restore_of("single-node").steps
        first = ["check-restore", "verify-set", "check-restore"]
        assert [tag_of(step) for step in steps[:3]] == first
        assert [step.early for step in steps if isinstance(step, CheckRestore)] == [True, False]
        assert not any(step.destructive for step in steps[:3])
        assert [tag_of(step) for step in steps[-2:]] == ["close-restore", "audit-live"]

    def test_each_phase_is_done_on_all_machines_before_the_next(self) -> None:
        plan = restore_of(*ROLES)
        tags = [tag_of(step) for step in plan.steps]
        for earlier, later in [
            ("stop", "move-aside"),
            ("move-aside", "copy-back"),
            ("copy-back", "restore"),
        ]:
            last = max(i for i, tag in enumerate(tags) if tag == earlier)
            assert last < tags.index(later)

    def test_the_databases_run_alone_when_their_content_comes_back(self) -> None:
        plan = restore_of("single-node")
        restores = [i for i, step in enumerate(plan.steps) if tag_of(step) == "restore"]
        starts = [(i, step) for i, step in enumerate(plan.steps) if isinstance(step, StartServices)]
        before = [step for i, step in starts if i < restores[0]]
        assert [step.phase for step in before] == ["databases"]
        assert set(before[0].containers) == {
            "pryvio_mongodb",
            "pryvio_influxdb",
            "pryvio_redis",
        }
        assert all(i > restores[-1] for i, step in starts if step.phase != "databases")

    def test_register_answers_before_cores_applications_start_elsewhere(self) -> None:
        plan = restore_of(*ROLES)
        starts = [step for step in plan.steps if isinstance(step, StartServices)]
        phases = [(step.phase, step.host) for step in starts]
        register = next(step for step in starts if step.phase == "register")
        core = next(step for step in starts if "pryvio_core" in step.containers)
        asked = next(s for s in plan.steps if isinstance(s, AskServices) and s.early)
        places = [plan.steps.index(step) for step in (register, asked, core)]
        assert places == sorted(places), phases
        assert {"pryvio_register", "pryvio_nginx"} <= set(register.containers)

    def test_no_front_door_starts_before_those_that_it_stands_before(self) -> None:
        """nginx looks up the name of each when it starts, and ends where one does not run. A
        machine with register and core has one for both: register answers when all of them run."""
        plan = restore_of("single-node")
        starts = [step for step in plan.steps if isinstance(step, StartServices)]
        assert [step.phase for step in starts] == ["databases", "rest"]
        order = starts[-1].ordered()
        last = order.index("pryvio_nginx")
        assert order[last + 1 :] == ["pryvio_config_follower"]
        served = ("register", "core", "hfs", "preview", "mfa", "app_web_auth3", "admin_panel")
        assert {f"pryvio_{name}" for name in served} <= set(order[:last])
        assert order.index("pryvio_register") < order.index("pryvio_core")
        asked = [step for step in plan.steps if isinstance(step, AskServices)]
        assert [step.early for step in asked] == [False]
        assert plan.steps.index(asked[0]) > plan.steps.index(starts[-1])

    def test_a_front_door_that_has_the_pages_behind_it_too_waits_for_these(self) -> None:
        """Core is on another machine."""
        manifest = manifest_of(part("core", "core"), part("register", "register"))
        platform = deployed("core", "register")
        (state,) = (one for one in platform.hosts if one.name == "register")
        nginx = state.container("nginx")
        assert nginx is not None
        pages = msgspec.structs.replace(nginx, name="pryvio_app_web_auth3")
        more = msgspec.structs.replace(state, containers=(*state.containers, pages))
        hosts = tuple(more if one is state else one for one in platform.hosts)
        plan = restore_plan(
            msgspec.structs.replace(platform, hosts=hosts), set_of(manifest), run_id="RUN"
        )
        starts = [step for step in plan.steps if isinstance(step, StartServices)]
        (door,) = (s for s in starts if s.host == "register" and "pryvio_nginx" in s.containers)
        assert "pryvio_app_web_auth3" in door.containers
        assert not any(step.phase == "register" for step in starts)
        asked = [step for step in plan.steps if isinstance(step, AskServices) and step.early]
        core = next(step for step in starts if "pryvio_core" in step.containers)
        places = [plan.steps.index(step) for step in (door, *asked, core)]
        assert len(places) == 3 and places == sorted(places), "register has answered before core"

    def test_followers_go_along_with_the_services(self) -> None:
        """One asks the leader as it starts, which lives beside register."""
        for plan in (restore_of(*ROLES), restore_of("single-node")):
            starts = [step for step in plan.steps if isinstance(step, StartServices)]
            rest = [step for step in starts if step.phase == "rest"]
            assert {step.host for step in rest} == {step.host for step in starts}
            for step in starts:
                assert ("pryvio_config_follower" in step.containers) is (step in rest)
            for step in rest:
                assert step.ordered()[-1] == "pryvio_config_follower"

    def test_all_that_ran_before_and_in_the_set_runs_at_the_end(self) -> None:
        plan = restore_of("single-node")
        started = {
            name
            for step in plan.steps
            if isinstance(step, StartServices)
            for name in step.containers
        }
        before = set(deployed("single-node").hosts[0].running)
        assert started == before

    def test_what_was_there_goes_into_a_folder_of_this_run(self) -> None:
        asides = [getattr(step, "aside", "") for step in restore_of("single-node").steps]
        assert "/var/pryv/single-node/.pryv-tui/aside/RUN" in asides

    def test_a_set_that_is_not_complete_is_refused(self) -> None:
        found = set_of(manifest_of(part("single-node", "core", "register", "static-web")))
        half = msgspec.structs.replace(found, state="partial")
        with pytest.raises(PryvTuiError) as caught:
            restore_plan(deployed("single-node"), half, run_id="RUN")
        assert caught.value.name == "refused"
        with pytest.raises(PryvTuiError):
            restore_plan(
                deployed("single-node"),
                msgspec.structs.replace(found, manifest=None, state="damaged"),
                run_id="RUN",
            )

    def test_the_effects_name_every_root(self) -> None:
        plan = restore_of(*ROLES)
        text = " ".join(plan.effects)
        assert all(f"/var/pryv/{role}" in text for role in ROLES)
        assert "not deleted" in text
