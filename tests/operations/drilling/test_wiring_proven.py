"""Who reaches whom in a sandbox is tried before any data comes: what is proof, what an answer."""

from __future__ import annotations

import pytest

from pryv_tui.operations.drilling.asking import Answered, answered, programs, reserved
from pryv_tui.operations.drilling.probing import (
    Answer,
    Attempt,
    judged,
    looked_up,
    sweeps,
    swept,
    verdict,
)
from pryv_tui.operations.drilling.wiring import (
    nobody,
    within,
)
from pryv_tui.operations.steps.drilling.bring_up import BringUp
from pryv_tui.operations.steps.drilling.serving import checks_of, serving_steps
from tests.operations.drilling.wired import machine
from tests.operations.kit import manifest_of, part

SUBNET = "198.18.3.0/24"


class TestProof:
    def test_that_no_machine_is_there_is_proof_only_where_nobody_passes_anything_on(self) -> None:
        out = Attempt("outwards", "203.0.113.1", 443)
        said = Answer(1, "bash: connect: No route to host")
        assert verdict([judged(out, "c", said)])
        assert verdict([judged(out, "c", said, alone=True)]) == ()
        # Whatever else is said there proves nothing, and who is reached is reached.
        for text in ("Connection timed out", ""):
            assert verdict([judged(out, "c", Answer(1, text), alone=True)])
        assert judged(out, "c", Answer(1, "Connection refused"), alone=True).reached

    @pytest.mark.parametrize(
        ("address", "reached"),
        [("198.18.3.10", False), ("127.0.0.1", False), ("10.0.0.2", True), ("reg", True)],
    )
    def test_a_name_that_leads_into_the_sandbox_leads_nowhere_else(
        self, address: str, reached: bool
    ) -> None:
        answer = Answer(0, f"{address}   reg.pryv.example")
        own = looked_up("reg.pryv.example", "c", answer, own=lambda one: within(one, [SUBNET]))
        assert own.reached is reached
        assert looked_up("reg.pryv.example", "c", answer).reached

    def test_the_machine_would_be_at_the_first_address(self) -> None:
        assert nobody(SUBNET) == "198.18.3.1"

    def test_attempts_that_came_to_no_end_are_not_taken_for_answers(self) -> None:
        goals = [Attempt("host", "10.0.0.1", 22), Attempt("host", "10.0.0.2", 22)]
        assert all("10.0.0.1:22" in argv and "10.0.0.2:22" in argv for argv in sweeps(goals))
        found = swept(["10.0.0.1:22 1 bash: Network is unreachable", "half a li"])
        assert found == {"10.0.0.1:22": Answer(1, "bash: Network is unreachable")}


class TestAsking:
    @pytest.mark.parametrize(
        ("lines", "status", "text"),
        [
            (['{"reserved":true}', "status 200"], 200, '{"reserved":true}'),
            (["bad gateway", "status 502"], 502, "bad gateway"),
            (["  HTTP/1.1 404 Not Found", "  Server: x"], 404, "Server: x"),
            (["curl: (7) Failed to connect", "status 000"], None, "curl: (7) Failed to connect"),
            (["Error: connect ECONNREFUSED"], None, "Error: connect ECONNREFUSED"),
            ([], None, ""),
            (["the status 200 is mine"], None, "the status 200 is mine"),
        ],
    )
    def test_only_a_status_is_an_answer(
        self, lines: list[str], status: int | None, text: str
    ) -> None:
        assert answered(lines) == Answered(status, text)

    def test_every_program_is_given_the_address_and_judges_no_certificate(self) -> None:
        url = "https://reg.pryv.example/service/info"
        assert all(argv[-1] == url or url in argv for argv in programs(url))

    @pytest.mark.parametrize(
        ("text", "known"),
        [
            ('{"reserved":true}', True),
            ('{"reserved": false}', False),
            ('{"reserved":"true"}', None),
            ("[]", None),
            ("<html>", None),
            ("", None),
        ],
    )
    def test_register_knows_an_account_where_it_says_so(
        self, text: str, known: bool | None
    ) -> None:
        assert reserved(Answered(200, text)) is known


def test_register_is_there_before_a_door_is_asked_and_is_asked_through_it() -> None:
    """A front door's image may have no program that asks: register's, with Node, has one."""
    one = machine("vm", ("core", "register"), "redis", "nginx", "core", "hfs", "register")
    manifest = manifest_of(part("vm", "core", "register"))
    ups = [each for each in serving_steps(manifest, one.wanted) if isinstance(each, BringUp)]
    assert [(each.wanted.service, each.started, bool(each.asks)) for each in ups] == [
        ("register", False, False),
        ("nginx", False, True),
        ("register", True, True),
        ("core", False, True),
        ("hfs", False, True),
    ]
    assert "pryvdrill_d1_vm_register" in {name for _, name in ups[1].askers}
    assert len(checks_of(ups)) == 4
