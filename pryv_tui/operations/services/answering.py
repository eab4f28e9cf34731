"""Ask once whether the applications answer now, because a running container may not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.site import Site
from pryv_tui.platform.questions import FRONT_DOOR, Question, questions

ANSWER_SECONDS = 6.0
"""The longest time for all questions together, in seconds: an operator waits for the result."""


def answers_now(
    site: Site, deployment: Deployment, *, seconds: float = ANSWER_SECONDS
) -> dict[tuple[str, str], str]:
    """Ask all services; return by host and service what is wrong with the answer (empty: nothing,
    the answer was 200).

    A service is left out if it can't be asked: the engine does not answer, nginx or the service is
    not running, or the platform's domain is not known.

    Args:
        seconds: a service without an answer after this time counts as not answering.
    """
    if deployment.domain_source == MACHINE_NAME or "." not in deployment.domain:
        return {}
    cores = [state.name for state in deployment.hosts_of("core")]
    asked: list[tuple[HostState, Question]] = []
    for state in deployment.hosts:
        number = cores.index(state.name) + 1 if state.name in cores else 1
        for question in questions(state.roles, state.name, number):
            service = state.container(question.service)
            if state.reachable and service is not None and service.running and _front(state):
                asked.append((state, question))
    found: dict[tuple[str, Question], str] = {}

    def ask(state: HostState, question: Question) -> None:
        found[state.name, question] = _ask(site, state, question, deployment.domain)

    threads = [threading.Thread(target=ask, args=one, daemon=True) for one in asked]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return _by_service(dict(found), asked, deployment.domain, seconds)


def _by_service(
    found: dict[tuple[str, Question], str],
    asked: Sequence[tuple[HostState, Question]],
    domain: str,
    seconds: float,
) -> dict[tuple[str, str], str]:
    told: dict[tuple[str, str], str] = {}
    for state, question in asked:
        key = state.name, question.service
        problem = found.get((state.name, question), f"no answer within {seconds:g} s")
        if problem:
            problem = f"{question.url(domain)}: {problem}"
        told[key] = told.get(key) or problem
    return told


def _front(state: HostState) -> str:
    """Return the name of a host's nginx container; empty if it is not running."""
    front = state.container(FRONT_DOOR)
    return front.name if front is not None and front.running else ""


def _ask(site: Site, state: HostState, question: Question, domain: str) -> str:
    try:
        engine = site.host(state.name).engine
        status = engine.ask(_front(state), f"{question.name}.{domain}", question.path)
    except PryvTuiError as error:
        return error.what
    return "" if status == 200 else f"it says {status}"
