"""The options that all commands have, before or after the command's name."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import NAMES, WHILE_COPYING, given_words
from pryv_tui.operations.settings.shrinking import COUNTED, SHRINK, Limits
from pryv_tui.platform.gap import DEADLINES, HOLDS, ORDERS, GapChoices
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.sanitize import one_line
from pryv_tui.vault.files.types import Linking

if TYPE_CHECKING:
    from pryv_tui.operations.settings.resolve import Settings
    from pryv_tui.operations.site import Site

_F = TypeVar("_F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--root", metavar="DIR", help="The installation's root (PRYV_CONF_ROOT)."),
    click.option("--docker", metavar="URL", help="The Docker Engine (DOCKER_HOST)."),
    click.option("--practice", metavar="DIR", help="A practice platform instead of Docker."),
    click.option(
        "--vault",
        metavar="DIR",
        help="The folder of backup sets, or restic:REPOSITORY (PRYV_TUI_VAULT).",
    ),
    click.option(
        "--state", metavar="DIR", help="The folder of journals and locks (PRYV_TUI_STATE)."
    ),
    click.option("--config", metavar="FILE", help="The configuration file (TOML)."),
)

json_option = click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
role_option = click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLE_NAMES),
    help="Only this role; may be given again.",
)


while_copying_option = click.option(
    WHILE_COPYING,
    "while_copying",
    is_flag=True,
    help="Check the set's hashes only while it is copied back, not before as well. For a set that"
    " was verified in full a short time ago.",
)


class Seconds(click.ParamType[float]):
    """A duration as people write it: `90`, `30s`, `2m`, `1h`; converted to seconds."""

    name = "duration"

    def __init__(self, *, none: bool = False) -> None:
        """Set up the type.

        Args:
            none: whether 0 is allowed.
        """
        self._none = none

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(s|m|min|h)?", value.strip())
        if found is None or not (float(found[1]) or self._none):
            self.fail(f"{value!r} is not a duration; write it like 30s, 2m or 1h", param, ctx)
        return float(found[1]) * {"m": 60, "min": 60, "h": 3600}.get(found[2] or "s", 1)


class LimitWords(click.ParamType[Limits]):
    """Shares in percent: `50` for everything, or by what is counted: `users=95,files=20`."""

    name = "limits"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        share, of = SHRINK, {}
        for word in value.split(","):
            name, equals, percent = word.strip().rpartition("=")
            if re.fullmatch(r"\d{1,3}", percent) is None or int(percent) > 100:
                self.fail(
                    f"{word!r} is not a percentage; write it like 50, or users=95", param, ctx
                )
            if not equals:
                share = int(percent) / 100
            elif name in COUNTED:
                of[name] = int(percent) / 100
            else:
                self.fail(f"{name!r} is not one of {', '.join(COUNTED)}", param, ctx)
        return Limits(share=share, of=of)


suspicious_option = click.option(
    "--suspicious-below",
    "limits",
    type=LimitWords(),
    metavar="PERCENT",
    help="A set is suspicious if it has less than this share of the previous set: 50, or one"
    " share for each thing that is counted, users=95,files=20 [default: suspicious_below of"
    f" the configuration, else {SHRINK * 100:.0f}].",
)


def gap_options(command: _F) -> _F:
    """Add the options for a backup's gap to a command, which gets their values as `gap`."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        deadline = kwargs.pop("hold_deadline")
        gap = GapChoices(
            order=kwargs.pop("order"),
            hold=kwargs.pop("hold"),
            hold_deadline=deadline,
            budget=kwargs.pop("gap_budget"),
        )
        if deadline is not None and gap.hold is None:
            raise PryvTuiError("usage", "--hold-deadline needs --hold", "Add --hold registrations.")
        return command(*args, gap=gap, **kwargs)

    decorated: Any = wrapper
    for option in reversed(_GAP_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def linking_options(command: _F) -> _F:
    """Add the options for hard links to an earlier set to a command, which gets their values as
    `linking`."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        full, paranoid = kwargs.pop("full"), kwargs.pop("paranoid")
        if full and paranoid:
            raise PryvTuiError(
                "usage",
                "--full copies everything, so that --paranoid has nothing to compare",
                "Give one of the two.",
            )
        linking: Linking = "full" if full else "paranoid" if paranoid else "unchanged"
        return command(*args, linking=linking, **kwargs)

    decorated: Any = wrapper
    for option in reversed(_LINKING_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


_LINKING_OPTIONS = (
    click.option("--full", is_flag=True, help="Copy every file; link none to an earlier set."),
    click.option(
        "--paranoid",
        is_flag=True,
        help="Read and compare each file before it is linked, even if its times look unchanged.",
    ),
)

_GAP_OPTIONS = (
    click.option(
        "--order",
        type=click.Choice(ORDERS),
        default=ORDERS[0],
        show_default=True,
        help="When register's Redis is saved: right after core's accounts, or after core's files.",
    ),
    click.option(
        "--hold",
        type=click.Choice(HOLDS),
        help="Block new accounts, or everything, while the parts that must match are backed up.",
    ),
    click.option(
        "--hold-deadline",
        type=Seconds(),
        metavar="TIME",
        help="After this time the block of --hold ends, even if the backup dies: 30s, 2m"
        f" [default: {DEADLINES['registrations']:.0f}s; everything:"
        f" {DEADLINES['everything'] / 60:.0f}m].",
    ),
    click.option(
        "--gap-budget",
        type=Seconds(),
        metavar="TIME",
        help="If the gap for accounts is longer, the backup ends with a warning (exit 3).",
    ),
)


def everywhere(command: _F) -> _F:
    """Add the common options to a command. Their values go into the context's dictionary."""

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


QUIET = "quiet"
"""Key in the context's dictionary, beside the options: print nothing unless somebody has to know
it."""


def _be_quiet(context: click.Context, _parameter: click.Parameter, chosen: bool) -> None:
    if chosen:
        context.find_root().ensure_object(dict)[QUIET] = True


quiet_option = click.option(
    "--quiet",
    is_flag=True,
    expose_value=False,
    callback=_be_quiet,
    help="Print nothing on success; failures and warnings go to standard error.",
)
detach_option = click.option(
    "--detach", is_flag=True, help="Print the run's id and return; the run continues."
)


def is_quiet() -> bool:
    """Whether this command was started with `--quiet`, to print nothing on success."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().ensure_object(dict).get(QUIET))


def run_options(command: _F) -> _F:
    """Add the options of every command that starts a run: `--json`, `--detach`, `--quiet`."""
    decorated: Any = command
    for option in (quiet_option, detach_option, json_option):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def given() -> tuple[str, ...]:
    """Return the options that were given, as words of a command line; empty outside a command."""
    context = click.get_current_context(silent=True)
    chosen = context.find_root().ensure_object(dict) if context is not None else {}
    return given_words(**{name: chosen.get(name) for name in NAMES})


without_disk_option = click.option(
    "--without-disk",
    "without_disks",
    multiple=True,
    metavar="FOLDER",
    help="This folder below the root used to be a separate disk and no longer is; may be given"
    " again.",
)


def settings_without(disks: tuple[str, ...]) -> Settings:
    """Return the settings. They name the disks that, as a person says, no longer exist."""
    return msgspec.structs.replace(settings(), without_disks=disks)


TOLD = "told"
"""Key in the context's dictionary, beside the options: the meaning of relative paths was already
printed."""


def settings(*, theme: str | None = None) -> Settings:
    """Return the settings that result from the command line, the environment and the
    configuration."""
    from pryv_tui.operations.settings.resolve import resolve_settings

    chosen = click.get_current_context().ensure_object(dict)
    found = resolve_settings(**{name: chosen.get(name) for name in NAMES}, theme=theme)
    if not chosen.get(TOLD):
        # Print it once: a command may ask for its settings several times.
        chosen[TOLD] = True
        for line in () if is_quiet() else found.relative:
            click.echo(one_line(line), err=True)
    return found


def site() -> Site:
    """Return the hosts, the vault and the state folder that these settings name."""
    from pryv_tui.operations.site import open_site

    return open_site(settings())
