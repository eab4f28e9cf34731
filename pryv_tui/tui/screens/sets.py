"""The sets of the vault: their contents, verify, restore, the guide for a restore by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import partial
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.pinning import Keeping, keeping
from pryv_tui.operations.audit.from_set import audit_set
from pryv_tui.operations.audit.table import write_csv
from pryv_tui.runs.now import made_now, with_reasons
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.page import WIDTHS
from pryv_tui.tui.flows.adopt import AdoptPage
from pryv_tui.tui.flows.audit import LiveAuditPage
from pryv_tui.tui.flows.files import FilesPage
from pryv_tui.tui.flows.pin import PinPage
from pryv_tui.tui.flows.transfer import TransferPage
from pryv_tui.tui.flows.verify import VerifyPage
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.audit import audit_text
from pryv_tui.tui.text.sets import being_made, kept_by, keyed, set_details, set_rows
from pryv_tui.tui.text.words import AGES_SECONDS
from pryv_tui.tui.widgets.panes import ListPane, Pane
from pryv_tui.vault.set_files import GUIDE
from pryv_tui.vault.sets import BackupSet

OF_A_SET = ("verify", "sample", "audit", "audit_live", "guide", "restore_this", "files", "fetch",
            "send", "pin")  # fmt: skip
"""Actions that need a selected set with a manifest."""
PARTS = 20
"""A sample reads one of this many parts of a set."""

BROAD = 156
"""From this width in columns, the details are beside the list: both lines of a set are visible
there."""
BREAKPOINTS = [*WIDTHS, (BROAD, "-broad")]


class Read(NamedTuple):
    """The data about the sets for this screen."""

    sets: list[BackupSet]
    made_now: dict[str, str]
    """For each set that is being made, the run that makes it."""
    kept: Keeping
    """The sets that incidents keep: from the set to the reason."""


class SetsScreen(PinPage, FilesPage, TransferPage, AdoptPage, VerifyPage, LiveAuditPage):
    """The list of sets; the details of the selected one are beside or below."""

    TITLE_TEXT = "Backup sets"
    CSS_PATH = "sets.tcss"
    DEFAULT_CLASSES = "Sets"
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    HERE = ("verify", "sample", "audit", "restore_this", "files", "fetch", "send", "guide", "prune",
            "pin", "audit_live", "adopt", "refresh", "back", "help", "quit")  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("set", "One backup of one or more roles: a plain folder in the vault."),
        ("vault", "The folder of sets."),
        (
            "repository",
            "A vault that restic keeps, encrypted, on this machine or off it. A set is fetched"
            " before it is restored; its working copy here stays until the next is sent.",
        ),
        ("complete", "Finished and checked; it can be restored."),
        ("being made now", "A run that is alive makes it; it is a set when that has ended."),
        ("partial", "A backup that did not finish. It is kept, and never a set."),
        ("damaged", "Its content differs from what was recorded when it was made; use another."),
        ("closed", "This user may not read what it says of itself, so nothing is known of it."),
        ("verified", "Every file and dump was compared with what the set says."),
        (
            "sample",
            "A check of a twentieth of the files, another part each time; of all the rest it"
            " sees that it is there. A check in full reads everything, dumps too.",
        ),
        ("checks", "Every check of this set that is known, with its age."),
        ("files", "Single files of a set are put into a folder of their own below the root."),
        (
            "prune",
            "Removes the sets that no rule keeps; the newest, and the newest verified one,"
            " always stay.",
        ),
        (
            "pinned",
            "Somebody keeps it from every rule, or an incident names it: no prune takes it.",
        ),
        ("gap", "The time between the copies of two roles."),
        (
            "audit",
            "Names what was made in the gap: records that a restore of this set brings back"
            " without their other half.",
        ),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.sets: dict[str, BackupSet] = {}
        self.made_now: dict[str, str] = {}
        self.by_incidents: dict[str, str] = {}
        """The sets that an incident keeps: from the set to the reason."""
        self._cancel = threading.Event()
        self._auditing = ""

    def content(self) -> Iterable[Widget]:
        with Container(id="body"):
            yield ListPane("Sets, the newest first", id="list")
            yield Pane("Details", id="details")
        yield Static(id="progress", markup=False)

    def begin(self) -> None:
        self.query_one("#list").focus()
        self.query_one("#list", ListPane).wait()
        self.look()
        self.set_interval(AGES_SECONDS, self._age)

    def _age(self) -> None:
        """Read the sets again, so that every age is right."""
        if self.is_current and not self._busy and self.sets:
            self.look()

    def on_unmount(self) -> None:
        self._cancel.set()

    def on_screen_resume(self) -> None:
        if self.sets:
            if not self._busy:
                self._say("")  # The line was about an earlier moment.
            self.look()

    def look(self) -> None:
        site = self.desk.site

        def read() -> Read:
            found = with_reasons(site, site.vault.sets())
            return Read(found, made_now(site), keeping(site.state, found))

        self.ask("sets", read, self._show, self._not_read)

    def _not_read(self, error: PryvTuiError) -> None:
        self.query_one("#list", ListPane).give_up()
        self.show_problem(error)

    def _show(self, read: Read) -> None:
        found, self.made_now, kept = read
        self.by_incidents = kept.by
        if kept.problem and not self._busy:
            self._say(kept.problem)
        self.sets = keyed(found)
        rows = [
            (name, row, True) for name, row in set_rows(self.sets, self.made_now, self.by_incidents)
        ]
        if not rows:
            nothing = (
                f" The vault holds no backup set yet.\n {self.desk.site.vault.name}\n"
                " Go back (Escape) and take one (b)."
            )
            rows = [("", Content(nothing), False)]
        self.query_one("#list", ListPane).show_rows(rows)
        self._show_details()
        self.tell_hint()

    @property
    def chosen(self) -> BackupSet | None:
        return self.sets.get(self.query_one("#list", ListPane).chosen)

    @on(OptionList.OptionHighlighted, "#list")
    def _show_details(self) -> None:
        backup = self.chosen
        pane = self.query_one("#details", Pane)
        made_by = being_made(backup, self.made_now) if backup is not None else ""
        later = self._after(backup)
        kept = self._kept(backup) if backup is not None else ""
        pane.show(set_details(backup, made_by, later, kept) if backup is not None else "")
        pane.scroll_home(animate=False)
        self.refresh_keys()

    def _kept(self, backup: BackupSet) -> str:
        return kept_by(backup, self.by_incidents)

    def _after(self, backup: BackupSet | None) -> list[BackupSet]:
        """Return the sets that were begun after this one."""
        every = list(self.sets.values())
        return every[every.index(backup) + 1 :] if backup in every else []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "prune":
            return self._may_prune()
        if action in OF_A_SET and self.children:
            return self._can(action, self.chosen)
        return True

    def _may_prune(self) -> bool:
        # A partial set is no set: no rule counts it.
        return any(backup.manifest is not None for backup in self.sets.values())

    def can_any(self, action: str) -> bool:
        if action in OF_A_SET:
            return any(self._can(action, backup) for backup in self.sets.values())
        if action == "adopt":
            return True
        return self._may_prune() if action == "prune" else bool(self.sets)

    def _can(self, action: str, backup: BackupSet | None) -> bool:
        """Whether an action is possible with a set now."""
        if backup is None or backup.manifest is None:
            return False
        if action == "fetch":
            return backup.why_not("fetch") is None
        if action == "send":
            return bool(backup.repository) and backup.why_not("send") is None
        if action == "restore_this":
            return backup.why_not("restore") is None
        if action == "files":
            return backup.why_not("files") is None
        if action in ("audit", "audit_live"):
            return backup.why_not("audit") is None and not self._busy
        return True

    def action_refresh(self) -> None:
        self.look()

    def action_restore_this(self) -> None:
        backup = self.chosen
        if backup is not None:
            self.go_to("restore", backup.id)

    def action_guide(self) -> None:
        backup = self.chosen
        if backup is not None:
            work = partial(self.desk.site.vault.guide, backup)
            self.ask("guide", work, partial(self._show_guide, str(backup.folder / GUIDE)))

    def _show_guide(self, title: str, text: str) -> None:
        self.go_to("text", title, text)

    @property
    def _busy(self) -> bool:
        return bool(self._auditing)

    def action_audit(self) -> None:
        backup = self.chosen
        if backup is None or backup.manifest is None:
            return
        self._auditing = backup.id
        self.problem.clear()
        self.add_class("-busy")
        self._say(f"Auditing {backup.id} …")
        self.refresh_keys()
        vault, domain = self.desk.site.vault.folder, backup.manifest.domain

        def work() -> str:
            found = audit_set(backup, self._between)
            return audit_text(found, backup.id, domain, write_csv(found, vault, domain))

        self.ask("audit", work, partial(self._audited, backup.id), self._not_audited)

    def action_audit_live(self) -> None:
        backup = self.chosen
        if backup is not None:
            self.ask_live(backup.id)

    def _between(self) -> None:
        # This runs in the working thread; the screen may have been closed.
        if self._cancel.is_set():
            raise PryvTuiError("cancelled", "the audit was left")

    def _audited(self, name: str, text: str) -> None:
        self._not_busy()
        self.go_to("text", f"Audit of {name}", text, True)

    def _not_audited(self, error: PryvTuiError) -> None:
        self._not_busy()
        self.show_problem(error)

    def _not_busy(self) -> None:
        self._auditing = ""
        self.remove_class("-busy")
        self.refresh_keys()

    def action_fetch(self) -> None:
        backup = self.chosen
        if backup is not None:
            self.transfer("fetch", backup.id)

    def action_send(self) -> None:
        backup = self.chosen
        if backup is not None:
            self.transfer("send", backup.id)

    def action_files(self) -> None:
        backup = self.chosen
        if backup is not None:
            self.bring_files(backup.id)

    def action_pin(self) -> None:
        backup = self.chosen
        if backup is not None:
            self.ask_pin(backup, self._kept(backup))

    def pins_changed(self) -> None:
        self.look()

    def action_adopt(self) -> None:
        self.adopt()

    def action_prune(self) -> None:
        self.go_to("prune")

    def action_verify(self) -> None:
        self._verify(1)

    def action_sample(self) -> None:
        self._verify(PARTS)

    def _verify(self, parts: int) -> None:
        backup = self.chosen
        if backup is not None:
            self.check(backup.id, parts)

    def _say(self, text: str) -> None:
        self.query_one("#progress", Static).update(Content(text))
