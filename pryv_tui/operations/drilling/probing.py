"""How it is tried to get out of a sandbox, and what each answer proves. Pure.

A container has some of these programs, by its image. What proves that nothing is reached is the
kernel's word that there is no way at all (ENETUNREACH). Silence proves nothing: a packet may have
gone out, and nobody have answered. And a refusal is an answer: somebody was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from pryv_tui.operations.drilling.facts import Probe

OUTSIDE = "203.0.113.1"
"""An address of documentation (RFC 5737), nobody's: a drill that could get out would write to
nobody. Where there is a way out, it does not answer, which is no proof that there is none."""
PORT = 443
PLAIN = {"LC_ALL": "C"}
"""So that programs say it in English."""
RESOLVER = ("/bin/bash", "-c", "cat /etc/resolv.conf")
ADDRESSES = ("/bin/bash", "-c", "cat /proc/net/if_inet6")
"""The container's addresses of IPv6, a line each: nothing is tried by these, so there may be none
but its own loopback's (proc_net(5))."""

Goal = Literal["outwards", "name", "host", "production"]


NO_WAY = "network is unreachable"
NO_MACHINE = "no route to host"


_IPV6 = "any address of IPv6"


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
"""What a shell ends with that has no such program."""


def sweep_names(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The programs that look all of these up at once; `swept` takes apart what they say."""
    return (
        ("/bin/bash", "-c", _EACH_NAME, "names", *names),
        ("python3", "-c", _PYTHON_EACH_NAME, *names),
    )


def sweeps(goals: Iterable[Attempt]) -> tuple[tuple[str, ...], ...]:
    """The programs that try all of these at once, the first that a container has is taken: on a
    network that leads nowhere each attempt takes its time."""
    places = tuple(f"{one.target}:{one.port}" for one in goals)
    return (
        ("/bin/bash", "-c", _EACH, "each", *places),
        ("python3", "-c", _PYTHON_EACH, *places),
    )


def swept(lines: Iterable[str]) -> dict[str, Answer]:
    """By address and port, what came of each; who is not in it did not come to an end."""
    found = {}
    for line in lines:
        place, _, rest = line.partition(" ")
        code, _, text = rest.partition(" ")
        if code.isdigit():
            found[place] = Answer(int(code), text)
    return found


def lookups(name: str) -> tuple[tuple[str, ...], ...]:
    """The programs that look a name up, alike; each ends with 0 where it is known, and most say
    its address first."""
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


def judged(attempt: Attempt, source: str, answer: Answer | None, *, alone: bool = False) -> Probe:
    """What an attempt to connect proves.

    Args:
        answer: None where none of the programs is there, or none came to an end.
        alone: nobody on the container's networks passes anything on: that no machine has an address
            is then the kernel's own word (EHOSTUNREACH after ARP), and no router's.
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
        told=reached or NO_WAY in lowered or (alone and NO_MACHINE in lowered),
    )


def nothing_live(containers: int) -> Probe:
    """What is told where no container of the platform has an address: it may be lost by now.

    Args:
        containers: how many its engines name; those that do not run, or share the network of their
            machine, have no address.
    """
    return Probe(
        what="production",
        target="live containers" if containers else "no live container",
        reached=False,
        answer=f"none of {containers} has an address that could be tried"
        if containers
        else "none is there that could be reached",
    )


def nobody_there(answers: Iterable[Answer | None]) -> bool:
    """Whether nobody is at any of these addresses of the container's own networks, at which the
    machine would be, and would pass on to others."""
    said = list(answers)
    return bool(said) and all(
        one is not None and one.code != 0 and NO_MACHINE in one.text.lower() for one in said
    )


def _has_no_file(text: str) -> bool:
    return "if_inet6" in text and "no such file" in text.lower()


def attempts_in(probes: Sequence[Probe]) -> list[Probe]:
    """Those that were tried from a container: not what was only looked at, nor that there is
    nothing to try."""
    return [one for one in probes if one.source and one.target != _IPV6]


def other_addresses(source: str, answer: Answer | None) -> Probe:
    """Whether a container has an address of IPv6 beside its loopback's: nothing is tried by it."""
    lines = answer.text.splitlines() if answer is not None and answer.code == 0 else []
    more = [line for line in lines if line.split() and line.split()[-1] != "lo"]
    # A kernel without IPv6 has no such file; whoever can't read it has told nothing.
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
    """What an attempt to look a name up proves.

    Args:
        own: whether an address is one of the sandbox's: a name that leads there leads nowhere else.
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
    """Why a sandbox is not known to be isolated, a line each; nothing where it is."""
    if not attempts_in(probes):
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
