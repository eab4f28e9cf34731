"""Plan the steps of a drill that start the services on the restored data, and ask them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pryv_tui.hosts.sandbox.making import Wanted
from pryv_tui.operations.drilling.spec import APPLICATIONS
from pryv_tui.operations.plan import Step
from pryv_tui.operations.steps.drilling.bring_up import Ask, BringUp
from pryv_tui.operations.steps.drilling.read_services import THROUGH, ReadServices
from pryv_tui.platform.questions import FRONT_DOOR, HFS_STATUS, names_of, questions
from pryv_tui.platform.roles import DATABASE_SERVICES
from pryv_tui.vault.manifest import SetHost, SetManifest


def serving_steps(manifest: SetManifest, wanted: Sequence[Wanted]) -> list[Step]:
    """Plan the steps: register and each nginx, then the services that ask register when they start,
    then the check of accounts.

    Register is asked after each nginx is started, because it is reached through nginx.

    Args:
        wanted: every container of the sandbox.
    """
    services = [one for one in wanted if one.service not in DATABASE_SERVICES]
    if not services:
        return []
    databases = [(one.host, one.name) for one in wanted if one.service in DATABASE_SERVICES]
    parts = {part.name: part for part in manifest.hosts}
    up: list[tuple[str, str]] = []
    later: list[Step] = []
    steps: list[Step] = []
    services.sort(key=lambda one: APPLICATIONS.index(one.service))
    doors = [one for one in services if one.service in ("register", FRONT_DOOR)]
    for one in services:
        here = (one.host, one.name)
        askers = (here, *reversed(up), *databases)
        asks = _asks(one, parts[one.host], manifest)
        if one.service == "hfs":
            # hfs can be reached only on its own host's network.
            askers = tuple(each for each in askers if each[0] == one.host)
        first = one.service == "register"
        steps.append(BringUp(host=one.host, wanted=one, asks=() if first else asks, askers=askers))
        up.append(here)
        if first:
            later.append(BringUp(host=one.host, wanted=one, asks=asks, askers=askers, started=True))
        if doors and one is doors[-1]:
            steps += later
    steps.append(
        ReadServices(
            domain=manifest.domain,
            register=any(one.service == "register" for one in services),
            services=tuple((one.service, one.host) for one in services if one.service in THROUGH),
            askers=(*reversed(up), *databases),
        )
    )
    return steps


def checks_of(steps: Iterable[Step]) -> list[tuple[str, str]]:
    """Return name and subject of each check that these steps make."""
    found: list[tuple[str, str]] = []
    for one in steps:
        if isinstance(one, BringUp | ReadServices):
            found += one.checks
    return found


def _asks(one: Wanted, part: SetHost, manifest: SetManifest) -> tuple[Ask, ...]:
    cores = [each.name for each in manifest.hosts if "core" in each.roles]
    number = cores.index(part.name) + 1 if part.name in cores else 1
    if one.service == FRONT_DOOR:
        # The services behind nginx are not running yet; its error page is an answer too.
        first = names_of(part.roles, part.name, number)[0]
        return (Ask(f"https://{first}.{manifest.domain}/", only_ok=False),)
    if one.service == "hfs":
        return (Ask(HFS_STATUS, only_ok=False),)
    return tuple(
        Ask(each.url(manifest.domain))
        for each in questions(part.roles, part.name, number)
        if each.service == one.service
    )
