"""Roles as data: which services speak for which role, and the orders of starting and stopping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.platform.roles import (
    CONFIG_FOLLOWER,
    DATABASE_SERVICES,
    NEEDS_REGISTER,
    ROLE_NAMES,
    ROLES,
    by_file,
    form_of,
    is_replica,
    roles_of,
    start_order,
    stop_order,
)

SERVICES = sorted({service for role in ROLES.values() for service in role.services})
some_services = st.lists(st.sampled_from(SERVICES), unique=True)


@pytest.mark.parametrize("name", ROLE_NAMES)
def test_the_services_of_a_role_speak_for_it_and_for_no_other(name: str) -> None:
    role = ROLES[name]  # type: ignore[index]
    assert roles_of(role.services) == (name,)
    assert not is_replica(role.services)


def test_all_services_on_one_machine_are_all_roles_in_backup_order() -> None:
    assert roles_of(reversed(SERVICES)) == ("core", "register", "static-web")
    assert form_of([roles_of(SERVICES)]) == "single-node"


def test_a_replica_has_no_role() -> None:
    replica = ["nginx", "dns", "redis", "config_follower"]
    assert is_replica(replica)
    assert roles_of(replica) == ()
    assert not is_replica(["nginx", "dns"])


@pytest.mark.parametrize(
    ("roles_by_host", "form"),
    [
        ([], "unknown"),
        ([()], "unknown"),
        ([("core",)], "cluster"),
        ([("core",), ("register",), ("static-web",)], "cluster"),
        ([("core", "register", "static-web"), ()], "single-node"),
        ([("core", "static-web")], "single-node"),
    ],
)
def test_the_form_follows_from_the_roles(roles_by_host: list[tuple[str, ...]], form: str) -> None:
    assert form_of(roles_by_host) == form  # type: ignore[arg-type]


@given(some_services)
def test_starting_keeps_every_service_and_the_order_that_core_needs(services: list[str]) -> None:
    order = start_order(services)
    assert sorted(order) == sorted(services)
    at = {service: place for place, service in enumerate(order)}
    for service in services:
        for database in DATABASE_SERVICES:
            if database in at and service not in DATABASE_SERVICES:
                assert at[database] < at[service]
        if "register" in at and service in NEEDS_REGISTER:
            assert at["register"] < at[service]
        if CONFIG_FOLLOWER in at and service != CONFIG_FOLLOWER:
            assert at[service] < at[CONFIG_FOLLOWER]


@given(some_services)
def test_stopping_begins_with_the_follower_and_ends_with_the_databases(
    services: list[str],
) -> None:
    order = stop_order(services)
    assert sorted(order) == sorted(services)
    if CONFIG_FOLLOWER in order:
        assert order[0] == CONFIG_FOLLOWER
    databases = [service in DATABASE_SERVICES for service in order]
    assert databases == sorted(databases)


@given(some_services)
def test_each_service_is_in_one_compose_file(services: list[str]) -> None:
    groups = by_file(services)
    assert sorted(name for _file, names in groups for name in names) == sorted(services)
    assert all(names for _file, names in groups)
    files = [file for file, _names in groups]
    if "config-follower/config-follower.yml" in files:
        assert files[-1] == "config-follower/config-follower.yml"


def test_the_excluded_folders_of_the_guide_are_recreated() -> None:
    recreated = {
        folder.path for role in ROLES.values() for folder in role.folders
        if folder.kind == "recreated"
    }  # fmt: skip
    assert recreated == {
        "pryv/mongodb/data",
        "pryv/influxdb/data",
        "pryv/core/data/previews",
    }
