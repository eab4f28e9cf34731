"""The plans of backup, restore and undo: order, ids, what is marked, and back from JSON."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan, Step, likeness, tag_of
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.plans.undo import undo_plan
from pryv_tui.operations.sets.targets import Target
from pryv_tui.operations.steps import AnyStep
from pryv_tui.operations.steps.bringing_back.ask_newer import AskNewer
from pryv_tui.operations.steps.bringing_back.restore_store import RestoreStore
from pryv_tui.operations.steps.services.ask_services import AskServices
from pryv_tui.operations.steps.services.hold_platform import HoldPlatform, ReleaseHold, SettleHold
from pryv_tui.operations.steps.services.start_services import StartServices
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.platform.gap import HOLDS, ORDERS, SETTLE, GapChoices, HoldKind, Order
from pryv_tui.platform.roles import RoleName
from tests.operations.kit import SET, deployed, host_state, manifest_of, part, platform_of, set_of

ROLES = ("core", "register", "static-web")


def backup_of(*machines: str, roles: tuple[str, ...] = (), **more: Any) -> Plan:
    return backup_plan(
        deployed(*machines), roles=roles, vault="/vault", set_id=SET, run_id="RUN", **more
    )


def restore_of(*machines: str, here: tuple[str, ...] | None = None, run_id: str = "RUN") -> Plan:
    if machines == ("single-node",):
        manifest = manifest_of(part("single-node", "core", "register", "static-web"))
    else:
        manifest = manifest_of(*(part(name, name) for name in machines))  # type: ignore[arg-type]
    platform = deployed(*(machines if here is None else here))
    return restore_plan(platform, set_of(manifest), run_id=run_id)


def test_the_plan_shows_with_how_many_workers_mongorestore_runs() -> None:
    manifest = manifest_of(part("core", "core"))
    for workers, options in ((0, 0), (8, 2)):
        plan = restore_plan(deployed("core"), set_of(manifest), run_id="RUN", workers=workers)
        (line,) = next(s for s in plan.steps if s.id.endswith("restore-mongodb-core")).command
        assert line.count("=8 ") == options, line


def undo_of(*machines: str) -> Plan:
    owed = [
        Owed(kind="aside", host=name, what=f"/var/pryv/{name}", where=f"/var/pryv/{name}/aside")
        for name in machines
    ]
    every = {"core": ["pryvio_core", "pryvio_mongodb"], "register": ["pryvio_register"]}
    ran = {name: every[name] for name in machines if name in every}
    return undo_plan(deployed(*machines), undone_run="OLD", owed=owed, ran=ran, run_id="RUN")


def taken(plan: Plan) -> list[str]:
    """The dumps and copies of a plan, in order."""
    found = [s for s in plan.steps if isinstance(s, DumpStore | CopyAhead | CopyRoot)]
    return [step.id.split("-", 1)[1] for step in found]


PLANS = {
    "backup of a single node": lambda: backup_of("single-node"),
    "backup that holds registrations": lambda: hold_of(*ROLES, hold="registrations"),
    "backup that holds everything": lambda: hold_of("single-node", hold="everything"),
    "documented backup of a cluster": lambda: backup_of(*ROLES, gap=GapChoices(order="documented")),
    "backup of a cluster": lambda: backup_of(*ROLES),
    "restore of a single node": lambda: restore_of("single-node"),
    "restore of a cluster": lambda: restore_of(*ROLES),
    "undo on a cluster": lambda: undo_of("core", "register"),
}
every_plan = pytest.mark.parametrize("name", sorted(PLANS))


@every_plan
def test_ids_are_unique_and_tell_the_place(name: str) -> None:
    plan = PLANS[name]()
    ids = [step.id for step in plan.steps]
    assert len(set(ids)) == len(ids)
    assert [int(one.split("-")[0]) for one in ids] == list(range(1, len(ids) + 1))


@every_plan
def test_steps_come_back_from_json(name: str) -> None:
    steps = list(PLANS[name]().steps)
    read = msgspec.json.decode(msgspec.json.encode(steps), type=list[AnyStep])
    assert read == steps


@every_plan
def test_each_step_says_what_it_does(name: str) -> None:
    for view in PLANS[name]().views():
        assert view.title.strip()
        assert view.leaves.strip()
        assert view.undone is not None
        assert all(line.strip() for line in view.command)


DESTRUCTIVE = {"restore-offline", "stop", "move-aside", "copy-back", "restore", "put-back-root"}


@every_plan
def test_every_step_that_changes_what_is_there_is_marked(name: str) -> None:
    for step in PLANS[name]().steps:
        compares = isinstance(step, RestoreStore) and step.title.startswith("Compare ")
        assert step.destructive == (tag_of(step) in DESTRUCTIVE and not compares), step.id


@every_plan
def test_a_step_that_removes_or_moves_says_so(name: str) -> None:
    """What a shown command does to what was there decides the mark; old dumps are given back."""
    for step in PLANS[name]().steps:
        words = " ".join(step.command)
        if " -exec mv " in words and tag_of(step) not in ("prepare-dump", "put-back-dump"):
            assert step.destructive, step.id


class TestBackup:
    def test_core_then_register_then_static_web(self) -> None:
        plan = backup_of("static-web", "register", "core")
        copies = [step.host for step in plan.steps if tag_of(step) == "copy-root"]
        assert copies == ["core", "register", "static-web"]
        assert plan.roles == ROLES

    def test_one_machine_is_copied_once(self) -> None:
        plan = backup_of("single-node")
        assert [tag_of(step) for step in plan.steps].count("copy-root") == 1
        assert plan.roles == ROLES

    @pytest.mark.parametrize("store", ["mongodb", "influxdb"])
    def test_the_dump_folder_is_emptied_dumped_copied_checked_given_back(self, store: str) -> None:
        plan = backup_of("single-node")
        ids = [step.id.split("-", 1)[1] for step in plan.steps]
        wanted = [
            "open-set",
            "hold-follower-single-node",
            f"prepare-dump-{store}-single-node",
            f"dump-{store}-single-node",
            "copy-root-single-node",
            f"check-{store}-single-node",
            "complete-set",
            f"put-back-dump-{store}-single-node",
            "release-follower-single-node",
        ]
        places = [ids.index(one) for one in wanted]
        assert places == sorted(places)

    def test_the_documented_order(self) -> None:
        assert taken(backup_of("single-node", gap=GapChoices(order="documented"))) == [
            "dump-mongodb-single-node",
            "dump-influxdb-single-node",
            "dump-redis-single-node",
            "copy-root-single-node",
        ]
        assert taken(backup_of(*ROLES, gap=GapChoices(order="documented"))) == [
            "dump-mongodb-core",
            "dump-influxdb-core",
            "copy-root-core",
            "dump-redis-register",
            "copy-root-register",
            "copy-root-static-web",
        ]

    def test_the_short_order_takes_redis_before_anything_long(self) -> None:
        assert taken(backup_of(*ROLES)) == [
            "dump-mongodb-core",
            "copy-ahead-accounts-core",
            "dump-redis-register",
            "copy-ahead-redis-register",
            "dump-influxdb-core",
            "copy-root-core",
            "copy-root-register",
            "copy-root-static-web",
        ]
        assert taken(backup_of("single-node"))[:4] == [
            "dump-mongodb-single-node",
            "copy-ahead-accounts-single-node",
            "dump-redis-single-node",
            "copy-ahead-redis-single-node",
        ]

    def test_a_role_alone_is_copied_in_one_go(self) -> None:
        for role in ROLES:
            assert not [s for s in backup_of(role).steps if isinstance(s, CopyAhead)]

    def test_the_windows_of_both_orders_come_from_the_last_runs_steps(self) -> None:
        took = {
            ("dump", "mongodb", "", "single-node"): 4.0,
            ("dump", "influxdb", "", "single-node"): 50.0,
            ("dump", "redis", "", "single-node"): 1.0,
            ("copy-root", "", "", "single-node"): 100.0,
        }
        text = " ".join(backup_of("single-node", expected=took).notice)
        assert "short about 5 s (this plan), documented about 155 s" in text
        assert "Expected window: about 5 s" in text
        text = " ".join(
            backup_of("single-node", expected=took, gap=GapChoices(order="documented")).notice
        )
        assert "Expected window: about 155 s" in text
        plan = backup_of("single-node", expected=took)
        ids = {step.id for step in plan.steps}
        assert set(plan.expected) < ids
        assert sum(plan.expected.values()) == 155.0
        assert "--order" not in " ".join(backup_of("single-node").notice)

    def test_a_set_is_complete_after_every_check_and_once(self) -> None:
        tags = [tag_of(step) for step in backup_of(*ROLES).steps]
        assert tags.count("complete-set") == 1
        assert max(i for i, tag in enumerate(tags) if tag == "check") < tags.index("complete-set")

    def test_followers_are_held_first_and_released_last(self) -> None:
        tags = [tag_of(step) for step in backup_of(*ROLES).steps]
        assert tags[1:4] == ["hold-follower"] * 3
        assert tags[-3:] == ["release-follower"] * 3

    def test_nothing_is_written_to_a_name_that_a_set_has(self) -> None:
        for step in backup_of("single-node").steps:
            destination = getattr(step, "destination", "")
            assert not destination or f"{SET}.partial/" in destination


def held(plan: Plan) -> list[str]:
    """What a plan does while it holds, from the first held to the last let go."""
    places = [i for i, s in enumerate(plan.steps) if isinstance(s, HoldPlatform | ReleaseHold)]
    steps = plan.steps[min(places) : max(places) + 1]
    return [step.id.split("-", 1)[1] for step in steps]


def hold_of(*machines: str, hold: HoldKind, **more: Any) -> Plan:
    roles = more.pop("roles", ())
    return backup_of(*machines, roles=roles, gap=GapChoices(hold=hold, **more))


class TestHold:
    def test_registrations_are_held_from_the_dump_to_the_copy_of_redis(self) -> None:
        assert held(hold_of(*ROLES, hold="registrations")) == [
            "hold-register",
            "settle",
            "dump-mongodb-core",
            "copy-ahead-accounts-core",
            "dump-redis-register",
            "copy-ahead-redis-register",
            "release-hold-register",
        ]

    def test_in_the_documented_order_that_takes_in_the_long_copy(self) -> None:
        names = held(hold_of(*ROLES, hold="registrations", order="documented"))
        assert names[-3:] == ["dump-redis-register", "copy-root-register", "release-hold-register"]
        assert "copy-root-core" in names

    def test_everything_is_held_on_every_core_and_register_until_they_are_copied(self) -> None:
        names = held(hold_of(*ROLES, hold="everything"))
        assert names[:3] == ["hold-core", "hold-register", "settle"]
        assert names[-3:] == ["copy-root-register", "release-hold-core", "release-hold-register"]
        assert "copy-root-static-web" not in names
        assert not any("check" in name for name in names)

    @pytest.mark.parametrize("hold", HOLDS)
    def test_what_users_will_notice_is_said_first(self, hold: HoldKind) -> None:
        plan = hold_of("single-node", hold=hold, hold_deadline=90.0)
        assert "at most 90 s" in plan.effects[0]
        assert "No service that users need" not in " ".join(plan.effects)
        assert "No user account can be made" in plan.notice[0]
        took = {likeness(step): 2.0 for step in plan.steps}
        again = hold_of("single-node", hold=hold)
        assert took.keys() == {likeness(step) for step in again.steps}
        seconds = backup_of("single-node", gap=GapChoices(hold=hold), expected=took).effects[0]
        assert f"about {2 * len(held(plan))} s" in seconds

    def test_it_waits_for_what_is_on_its_way_but_not_in_practice(self) -> None:
        plan = hold_of("single-node", hold="everything")
        waits = [s.seconds for s in plan.steps if isinstance(s, SettleHold)]
        assert waits == [SETTLE["everything"]]
        assert waits[0] >= 10
        practice = msgspec.structs.replace(deployed("single-node"), practice=True)
        plan = backup_plan(
            practice, vault="/v", set_id=SET, run_id="R", gap=GapChoices(hold="everything")
        )
        assert [s.seconds for s in plan.steps if isinstance(s, SettleHold)] == [0]

    @pytest.mark.parametrize(
        ("machines", "roles", "hold", "words"),
        [
            (("core",), (), "registrations", "register lives on no host"),
            (ROLES, ("core",), "registrations", "does not take register: "),
            (ROLES, ("register",), "everything", "does not take core"),
        ],
    )
    def test_a_hold_that_closes_nothing_is_refused(
        self, machines: tuple[str, ...], roles: tuple[str, ...], hold: HoldKind, words: str
    ) -> None:
        with pytest.raises(PryvTuiError, match=words) as caught:
            hold_of(*machines, roles=roles, hold=hold)
        assert caught.value.name == "refused"

    def test_core_alone_can_be_taken_while_nothing_comes_in(self) -> None:
        plan = hold_of(*ROLES, roles=("core",), hold="everything")
        assert held(plan)[0] == "hold-core"

    def test_a_deadline_that_passes_before_it_is_held_is_wrong(self) -> None:
        with pytest.raises(PryvTuiError, match="deadline") as caught:
            hold_of("single-node", hold="everything", hold_deadline=10.0)
        assert caught.value.name == "usage"


_HOSTS: Any = st.lists(
    st.sampled_from([("core",), ("core", "static-web"), ("static-web",)]), max_size=4
)


@given(
    _HOSTS,
    st.sampled_from([("register",), ("core", "register"), ROLES]),
    st.integers(0, 4),
    st.sampled_from(ORDERS),
    st.sampled_from((None, *HOLDS)),
)
def test_register_is_never_taken_before_core(
    others: list[tuple[RoleName, ...]],
    register: tuple[RoleName, ...],
    at: int,
    order: Order,
    hold: HoldKind | None,
) -> None:
    """Whatever says in core that an account exists comes first, however the machines are named.

    Only then can no account be in core's copy and not in register's.
    """
    groups = [*others[:at], register, *others[at:]]
    hosts = [host_state(f"h{i}", *roles, root=f"/r{i}") for i, roles in enumerate(groups)]
    if not any("core" in roles for roles in groups):
        hosts.append(host_state("a-core", "core", root="/a-core"))
    plan = backup_plan(
        platform_of(*hosts),
        vault="/vault",
        set_id=SET,
        run_id="RUN",
        gap=GapChoices(order=order, hold=hold),
    )
    cores = {state.name for state in hosts if "core" in state.roles}
    known, redis = [], []
    for place, step in enumerate(plan.steps):
        if isinstance(step, DumpStore | CopyAhead) and step.store in ("mongodb", "accounts"):
            known.append(place)
        elif isinstance(step, DumpStore | CopyAhead) and step.store == "redis":
            redis.append(place)
        elif isinstance(step, CopyRoot):
            if step.host in cores and "accounts" not in step.ahead:
                # One walk takes a core's own files before Redis': `core` sorts before `redis`.
                known.append(place)
            if "register" in step.roles and "redis" not in step.ahead:
                redis.append(place)
    assert redis
    assert max(known) <= max(redis)
    assert max(known) <= min(place for place in redis if _copies(plan.steps[place]))


def _copies(step: Step) -> bool:
    return isinstance(step, CopyAhead | CopyRoot)


class TestRestore:
    def test_nothing_is_changed_before_the_set_is_verified_and_compared(self) -> None:
        steps = restore_of("single-node").steps
        assert [tag_of(step) for step in steps[:2]] == ["verify-set", "check-restore"]
        assert not any(step.destructive for step in steps[:2])
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
            assert ("are counted first, where they can be asked for" in told) is counts
            assert ("It is not counted first." in told) is not counts
        # It is back already: nothing is counted any more.
        plan = undo_plan(deployed(machine), undone_run="OLD", owed=owed, ran={}, run_id="RUN",
                         asking=asking, returned=["/x/y"], of_undo=of_undo)  # fmt: skip
        assert "It is not counted first." in "\n".join(plan.effects)

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


def test_a_step_that_is_none_says_so() -> None:
    with pytest.raises(TypeError):
        _ = Step().title
