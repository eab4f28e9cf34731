"""How it is tried to get out of a sandbox, and what each answer proves. Pure.

A container has some of these programs, by its image. What proves that nothing is reached is the
kernel's word that there is no way at all (ENETUNREACH). Silence proves nothing: a packet may have
gone out, and nobody have answered. And a refusal is an answer: somebody was reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from pryv_tui.operations.drilling.facts import Probe

OUTSIDE = "203.0.113.1"
"""An address of documentation (RFC 5737), nobody's: a drill that could get out would write to
nobody. Where there is a way out, it does not answer, which is no proof that there is none."""
PORT = 443
PLAIN = {"LC_ALL": "C"}
"""So that programs say it in English."""
RESOLVER = ("/bin/bash", "-c", "cat /etc/resolv.conf")

Goal = Literal["outwards", "name", "host", "production"]


class Attempt(NamedTuple):
    """One thing that is tried from inside."""

    what: Goal
    target: str
    port: int


class Answer(NamedTuple):
    """What a program in the container said to it."""

    code: int
    text: str


_PERL = (
    "use Socket; socket(S, PF_INET, SOCK_STREAM, 0) or die qq($!\\n);"
    " connect(S, sockaddr_in($ARGV[1], inet_aton($ARGV[0]))) or die qq($!\\n)"
)
_PYTHON = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"


def programs(target: str, port: int) -> tuple[tuple[str, ...], ...]:
    """The programs that try to connect, the first that a container has is taken."""
    return (
        ("/bin/bash", "-c", f"exec 3<>/dev/tcp/{target}/{port}"),
        ("perl", "-e", _PERL, target, str(port)),
        ("python3", "-c", _PYTHON, target, str(port)),
        ("busybox", "nc", "-w", "5", target, str(port)),
    )


def lookups(name: str) -> tuple[tuple[str, ...], ...]:
    """The programs that look a name up, alike; each ends with 0 where it is known."""
    return (
        ("getent", "hosts", name),
        ("python3", "-c", "import socket, sys; socket.gethostbyname(sys.argv[1])", name),
        ("perl", "-e", "exit(gethostbyname($ARGV[0]) ? 0 : 2)", name),
        ("busybox", "nslookup", name),
    )


def attempts(
    gateways: Iterable[str], production: Iterable[str], servers: Iterable[str]
) -> list[Attempt]:
    """All that is tried by address.

    Args:
        gateways: addresses of the machine.
        production: addresses of the platform's containers.
        servers: name servers that the container would ask, but for those within itself.
    """
    return [
        Attempt("outwards", OUTSIDE, PORT),
        *(Attempt("name", each, 53) for each in servers),
        *(Attempt("host", each, 22) for each in gateways),
        *(Attempt("production", each, PORT) for each in production),
    ]


def name_servers(resolver: str) -> list[str]:
    """The name servers of a `resolv.conf` that are not within the container itself."""
    lines = (line.split() for line in resolver.splitlines())
    found = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    return [each for each in found if not each.startswith("127.") and ":" not in each]


def judged(attempt: Attempt, source: str, answer: Answer | None) -> Probe:
    """What an attempt to connect proves.

    Args:
        answer: None where none of the programs is there, or none came to an end.
    """
    target = f"{attempt.target}:{attempt.port}"
    if answer is None:
        return Probe(
            what=attempt.what,
            target=target,
            reached=False,
            answer="no program that could try it, or no answer",
            source=source,
            told=False,
        )
    lowered = answer.text.lower()
    reached = answer.code == 0 or "refused" in lowered or "reset" in lowered
    return Probe(
        what=attempt.what,
        target=target,
        reached=reached,
        answer=answer.text.strip()[-200:] or f"exit {answer.code}",
        source=source,
        told=reached or "network is unreachable" in lowered,
    )


def nothing_live() -> Probe:
    """What is told where no container of the platform is there: it may be lost by now."""
    return Probe(
        what="production",
        target="no live container",
        reached=False,
        answer="none is there that could be reached",
    )


def looked_up(
    name: str, source: str, answer: Answer | None, what: Literal["name", "production"] = "name"
) -> Probe:
    """What an attempt to look a name up proves."""
    return Probe(
        what=what,
        target=name,
        reached=answer is not None and answer.code == 0,
        answer=(answer.text.strip()[-200:] or f"exit {answer.code}") if answer else "no program",
        source=source,
        told=answer is not None,
    )


def verdict(probes: Sequence[Probe]) -> tuple[str, ...]:
    """Why a sandbox is not known to be isolated, a line each; nothing where it is."""
    if not probes:
        return ("nothing was tried from inside",)
    open_ones = [one for one in probes if one.reached]
    untold = [one for one in probes if not one.told and not one.reached]
    return (
        *(f"{one.source} reached {one.target} ({one.what})" for one in open_ones),
        *(
            f"whether {one.target} is reached from {one.source} can't be told: {one.answer}"
            for one in untold
        ),
    )
