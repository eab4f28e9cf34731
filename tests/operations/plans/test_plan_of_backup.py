"""The plan of a backup: its order, what it holds, and that register never comes before core."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plan import Plan, Step, likeness, tag_of
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.steps.services.hold_platform import HoldPlatform, ReleaseHold, SettleHold
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.platform.gap import HOLDS, ORDERS, SETTLE, GapChoices, HoldKind, Order
from pryv_tui.platform.roles import RoleName
from tests.operations.kit import SET, deployed, host_state, platform_of
from tests.operations.plans.planned import ROLES, backup_of, hold_of, taken


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
        assert "no service that users need" not in " ".join(plan.effects)
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
            (("core",), (), "registrations", "register is on no host"),
            (ROLES, ("core",), "registrations", "does not include register: "),
            (ROLES, ("register",), "everything", "does not include core"),
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
