"""Roles whose containers run, or do not: for the tests of what is said of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.overview.serving import RoleState, Serving

SINCE = "2026-01-15T11:02:10Z"
AT = datetime(2026, 1, 15, 11, 2, 50, tzinfo=UTC)


def changed(found: Deployment, service: str, **more: Any) -> Deployment:
    """A platform, a service of which is otherwise."""
    return on_each(found, lambda c: msgspec.structs.replace(c, **more), service)


def without(found: Deployment, *services: str) -> Deployment:
    return on_each(found, lambda _c: None, *services)


def on_each(found: Deployment, change: Any, *services: str) -> Deployment:
    hosts = []
    for state in found.hosts:
        containers: list[Container] = [
            one
            for each in state.containers
            if (one := change(each) if each.service in services else each) is not None
        ]
        hosts.append(msgspec.structs.replace(state, containers=tuple(containers)))
    return msgspec.structs.replace(found, hosts=tuple(hosts))


def role(found: Serving, name: str) -> RoleState:
    (state,) = [state for state in found.roles if state.role == name]
    return state
