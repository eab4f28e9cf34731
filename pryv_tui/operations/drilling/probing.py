"""Commands that try to get out of a sandbox, and the judgement of each result. Pure.

There are several, because a container's image decides which programs it has. Isolation is proven by
the kernel's error that there is no route (ENETUNREACH). A timeout proves nothing: a packet may have
gone out without an answer. A refused connection is an answer: something was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from pryv_tui.operations.drilling.facts import Probe

OUTSIDE = "203.0.113.1"
"""A documentation address (RFC 5737). It belongs to nobody, so that packets from a sandbox that is
not isolated disturb nobody. That nothing answers there does not prove isolation."""
PORT = 443
PLAIN = {"LC_ALL": "C"}
"""Environment that makes programs print their errors in English."""
RESOLVER = ("/bin/bash", "-c", "cat /etc/resolv.conf")
ADDRESSES = ("/bin/bash", "-c", "cat /proc/net/if_inet6")
"""A command that prints the container's IPv6 addresses, one per line (proc_net(5)). No attempt is
made over IPv6, so a container may have no IPv6 address but the loopback."""

Goal = Literal["outwards", "name", "host", "production"]


NO_WAY = "network is unreachable"
NO_MACHINE = "no route to host"


_IPV6 = "any address of IPv6"


class Attempt(NamedTuple):
    """A connection that a container of the sandbox tries to make."""

    what: Goal
    target: str
    port: int


class Answer(NamedTuple):
    """Exit code and output of a program that made an attempt in a container."""

    code: int
    text: str


_PERL = (
    "use Socket; socket(S, PF_INET, SOCK_STREAM, 0) or die qq($!\\n);"
    " connect(S, sockaddr_in($ARGV[1], inet_aton($ARGV[0]))) or die qq($!\\n)"
)
_PYTHON = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"


def programs(target: str, port: int) -> tuple[tuple[str, ...], ...]:
    """Return commands that try to connect. Run the first whose program the container has."""
    return (
        ("/bin/bash", "-c", f"exec 3<>/dev/tcp/{target}/{port}"),
        ("perl", "-e", _PERL, target, str(port)),
        ("python3", "-c", _PYTHON, target, str(port)),
        ("busybox", "nc", "-w", "5", target, str(port)),
    )


_EACH = (
    'for g in "$@"; do { m=$( { exec 3<>/dev/tcp/${g%:*}/${g##*:}; } 2>&1 );'
    " echo \"$g $? ${m//$'\\n'/ }\"; } & done; wait"
)
_PYTHON_EACH = (
    "import socket, sys, threading\n"
    "def go(g):\n"
    "    h, p = g.rsplit(':', 1)\n"
    "    try: socket.create_connection((h, int(p)), 5); print(g + ' 0', flush=True)\n"
    "    except OSError as e: print(g + ' 1 ' + str(e), flush=True)\n"
    "every = [threading.Thread(target=go, args=(g,)) for g in sys.argv[1:]]\n"
    "[t.start() for t in every]; [t.join() for t in every]"
)


_EACH_NAME = (
    'for n in "$@"; do { m=$(getent hosts "$n" 2>&1); echo "$n $? ${m//$\'\\n\'/ }"; } & done; wait'
)
_PYTHON_EACH_NAME = (
    "import socket, sys\n"
    "for n in sys.argv[1:]:\n"
    "    try: print(n + ' 0 ' + socket.gethostbyname(n), flush=True)\n"
    "    except OSError as e: print(n + ' 2 ' + str(e), flush=True)"
)
NO_PROGRAM = (126, 127)
"""Exit codes of a shell that mean: the program does not exist, or can't be executed."""


def sweep_names(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return commands that look up all these names; `swept` parses their output. Run the first
    whose program the container has."""
    return (
        ("/bin/bash", "-c", _EACH_NAME, "names", *names),
        ("python3", "-c", _PYTHON_EACH_NAME, *names),
    )


def sweeps(goals: Iterable[Attempt]) -> tuple[tuple[str, ...], ...]:
    """Return commands that try all these connections in parallel; `swept` parses their output. Run
    the first whose program the container has.

    They are parallel because each attempt takes seconds on a network without a router.
    """
    places = tuple(f"{one.target}:{one.port}" for one in goals)
    return (
        ("/bin/bash", "-c", _EACH, "each", *places),
        ("python3", "-c", _PYTHON_EACH, *places),
    )


def swept(lines: Iterable[str]) -> dict[str, Answer]:
    """Parse the output of `sweeps` or `sweep_names`; return the answer by target (`address:port`,
    or name). If a target is missing, its attempt did not finish."""
    found = {}
    for line in lines:
        place, _, rest = line.partition(" ")
        code, _, text = rest.partition(" ")
        if code.isdigit():
            found[place] = Answer(int(code), text)
    return found


def lookups(name: str) -> tuple[tuple[str, ...], ...]:
    """Return commands that look up a name. Run the first whose program the container has.

    Each exits with 0 if the name is known; most of them print the address first.
    """
    python = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))"
    return (
        ("getent", "hosts", name),
        ("python3", "-c", python, name),
        ("perl", "-e", "exit(gethostbyname($ARGV[0]) ? 0 : 2)", name),
        ("busybox", "nslookup", name),
    )


def attempts(
    gateways: Iterable[str], production: Iterable[str], servers: Iterable[str]
) -> list[Attempt]:
    """Return the connections that a container must try.

    Args:
        gateways: addresses of the machine that runs the sandbox.
        production: addresses of the live platform's containers.
        servers: the container's name servers, without those inside the container itself.
    """
    return [
        Attempt("outwards", OUTSIDE, PORT),
        *(Attempt("name", each, 53) for each in servers),
        *(Attempt("host", each, 22) for each in gateways),
        *(Attempt("production", each, PORT) for each in production),
    ]


def name_servers(resolver: str) -> list[str]:
    """Return the IPv4 name servers of a `resolv.conf`, without those on the loopback."""
    lines = (line.split() for line in resolver.splitlines())
    found = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    return [each for each in found if not each.startswith("127.") and ":" not in each]


def judged(attempt: Attempt, source: str, answer: Answer | None, *, alone: bool = False) -> Probe:
    """Judge the result of an attempt to connect.

    Args:
        source: the container that made the attempt.
        answer: None if the container has none of the programs, or none finished.
        alone: whether the container's networks have no router. "No route to host" then comes from
            the kernel (EHOSTUNREACH after ARP) and is a proof; otherwise a router may have sent it.
    """
    target = f"{attempt.target}:{attempt.port}"
    if answer is None:
        return Probe(
            what=attempt.what,
            target=target,
            reached=False,
            answer="no program to try it with, or no answer",
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
        told=reached or NO_WAY in lowered or (alone and NO_MACHINE in lowered),
    )


def nothing_live(containers: int) -> Probe:
    """Return the probe for a live platform of which no container has an address to try.

    A container has no address if it does not run, or if it shares its machine's network.

    Args:
        containers: the number of containers that the platform's engines list.
    """
    return Probe(
        what="production",
        target="live containers" if containers else "no live container",
        reached=False,
        answer=f"none of {containers} has an address that could be tried"
        if containers
        else "there is none that could be reached",
    )


def nobody_there(answers: Iterable[Answer | None]) -> bool:
    """Whether the container's networks are proven to have no router.

    Args:
        answers: one for each network, from the address that a router would have there (`nobody` in
            `wiring`). Without any, nothing is proven.
    """
    said = list(answers)
    return bool(said) and all(
        one is not None and one.code != 0 and NO_MACHINE in one.text.lower() for one in said
    )


def _has_no_file(text: str) -> bool:
    return "if_inet6" in text and "no such file" in text.lower()


def attempts_in(probes: Sequence[Probe]) -> list[Probe]:
    """Return the probes in which a container tried to connect; not those that read its IPv6
    addresses."""
    return [one for one in probes if one.source and one.target != _IPV6]


def other_addresses(source: str, answer: Answer | None) -> Probe:
    """Judge whether a container has an IPv6 address other than the loopback. Nothing is sent.

    Args:
        answer: the result of `ADDRESSES`.
    """
    lines = answer.text.splitlines() if answer is not None and answer.code == 0 else []
    more = [line for line in lines if line.split() and line.split()[-1] != "lo"]
    # A kernel without IPv6 has no such file; a file that can't be read proves nothing.
    none = answer is not None and not more and (answer.code == 0 or _has_no_file(answer.text))
    said = (answer.text.strip()[-200:] or f"exit {answer.code}") if answer is not None else ""
    return Probe(
        what="host",
        target=_IPV6,
        reached=False,
        answer="; ".join(more) or ("it has none" if none else said or "no program"),
        source=source,
        told=none,
    )


def looked_up(
    name: str,
    source: str,
    answer: Answer | None,
    what: Literal["name", "production"] = "name",
    own: Callable[[str], bool] | None = None,
) -> Probe:
    """Judge the result of an attempt to look up a name.

    Args:
        own: returns whether an address is in the sandbox; a name with such an address is harmless.
    """
    first = answer.text.split(maxsplit=1)[:1] if answer is not None else []
    inside = own is not None and bool(first) and own(first[0])
    return Probe(
        what=what,
        target=name,
        reached=answer is not None and answer.code == 0 and not inside,
        answer=(answer.text.strip()[-200:] or f"exit {answer.code}") if answer else "no program",
        source=source,
        told=answer is not None,
    )


def verdict(probes: Sequence[Probe]) -> tuple[str, ...]:
    """Return the reasons why a sandbox is not proven to be isolated; empty if it is proven."""
    if not attempts_in(probes):
        return ("nothing was tried from inside",)
    open_ones = [one for one in probes if one.reached]
    untold = [one for one in probes if not one.told and not one.reached]
    return (
        *(f"{one.source} reached {one.target} ({one.what})" for one in open_ones),
        *(
            f"it is not known whether {one.target} is reached from {one.source}: {one.answer}"
            for one in untold
        ),
    )
