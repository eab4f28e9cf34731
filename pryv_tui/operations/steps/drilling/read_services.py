"""Read accounts through a sandbox's services, as far as possible without an access token."""

from __future__ import annotations

from collections import Counter

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.asking import reserved
from pryv_tui.operations.plan import Step
from pryv_tui.operations.steps.drilling.bring_up import asked
from pryv_tui.operations.steps.drilling.check_sandbox import known_accounts, spread
from pryv_tui.operations.steps.drilling.rehearsal import inside, note_check, phase, seen_now
from pryv_tui.phrases import counted

KNOWN = "sample: accounts through register"
THROUGH = {
    "core": "sample: events and attachments through core",
    "hfs": "sample: series through hfs",
}
TOKEN = (
    "it tells nothing about an account without that account's token, and a drill has no tokens;"
    " the same records were read through the databases"
)
SAMPLE = 5
"""The number of accounts for which register is asked, each with one request."""


class ReadServices(Step, frozen=True, kw_only=True, tag="read-services"):
    """See that register knows the accounts of its database. Without a token, it answers whether a
    username is taken."""

    domain: str
    register: bool
    services: tuple[tuple[str, str], ...] = ()
    """Service and host of the services that answer only with a token."""
    askers: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        return f"Ask register for {SAMPLE} accounts of the sandbox"

    @property
    def checks(self) -> tuple[tuple[str, str], ...]:
        return ((KNOWN, ""),) if self.register else ()

    def perform(self, ctx: RunContext) -> None:
        with phase(ctx, self.title, "machine"):
            for service, machine in self.services:
                note_check(ctx, THROUGH[service], machine, "not checked", why=TOKEN, beyond=True)
            if self.register:
                self._register(ctx)

    def _register(self, ctx: RunContext) -> None:
        inner = inside(ctx)
        known = known_accounts(inner, seen_now(inner), "register")
        if known is None or known.names is None:
            why = "its database can't be read" if known is None else known.why
            note_check(ctx, KNOWN, "", "could not verify", why=why)
            return
        chosen = spread(Counter(known.names))[:SAMPLE]
        unknown, untold = 0, ""
        for name in chosen:
            ctx.check_cancelled()
            url = f"https://reg.{self.domain}/{name}/check_username"
            answer = asked(ctx, url, self.askers)
            told = reserved(answer) if answer.status == 200 else None
            unknown += told is False
            if told is None:
                untold = f"it says {answer.status}" if answer.status else "it did not answer"
        expected = f"{counted(len(chosen), 'account')} of its database"
        found = f"{len(chosen) - unknown} known to it"
        if unknown:
            why = f"{unknown} of {len(chosen)} are unknown to it"
            note_check(ctx, KNOWN, "", "failed", expected=expected, found=found, why=why)
            raise PryvTuiError("check-failed", f"{KNOWN}: {why}")
        if untold:
            note_check(ctx, KNOWN, "", "could not verify", expected=expected, why=untold)
        else:
            note_check(ctx, KNOWN, "", "passed", expected=expected, found=found)
