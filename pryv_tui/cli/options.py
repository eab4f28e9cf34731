"""The options that every command has, before or after its name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from pryv_tui.operations.hints import NAMES, given_words
from pryv_tui.operations.site import Settings, Site, open_site, resolve_settings

_F = TypeVar("_F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--root", metavar="DIR", help="The installation's root (PRYV_CONF_ROOT)."),
    click.option("--docker", metavar="URL", help="The Docker Engine (DOCKER_HOST)."),
    click.option("--practice", metavar="DIR", help="A practice platform instead of Docker."),
    click.option("--vault", metavar="DIR", help="The folder of backup sets (PRYV_TUI_VAULT)."),
    click.option("--state", metavar="DIR", help="Journals and locks (PRYV_TUI_STATE)."),
    click.option("--config", metavar="FILE", help="The configuration file (TOML)."),
)


def everywhere(command: _F) -> _F:
    """Add the options to a command; what it is given goes into the context's dictionary."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        chosen = context.ensure_object(dict)
        for name in NAMES:
            value = kwargs.pop(name, None)
            if value is not None:
                chosen[name] = value
        return command(*args, **kwargs)

    decorated: Any = wrapper
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def given() -> tuple[str, ...]:
    """The options that were given, as words; none outside a command."""
    context = click.get_current_context(silent=True)
    chosen = context.find_root().ensure_object(dict) if context is not None else {}
    return given_words(**{name: chosen.get(name) for name in NAMES})


def settings() -> Settings:
    """The settings that the command line, the environment and the configuration amount to."""
    chosen = click.get_current_context().ensure_object(dict)
    return resolve_settings(**{name: chosen.get(name) for name in NAMES})


def site() -> Site:
    """The hosts, the vault and the state folder of these settings."""
    return open_site(settings())
