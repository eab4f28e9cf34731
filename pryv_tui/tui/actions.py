"""Every action of the interface, declared once: its key, its label, what it does.

The key bindings, the line of keys at the bottom and the help are made from these, so they can't
differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual.binding import Binding, BindingType

from pryv_tui.vault.set_files import GUIDE


class Action(NamedTuple):
    """One action that an operator can request."""

    name: str
    key: str
    label: str
    help: str
    destructive: bool = False
    """Whether the action is never carried out by its key alone: a question or a wizard comes
    first."""
    shown: bool = True
    """Whether the action is in the line of keys at the bottom; it is always in the help."""
    display: str = ""

    @property
    def key_label(self) -> str:
        return self.display or self.key


_ALL = (
    Action("recover", "R", "Recover", "Finish or roll back what an earlier run left half-done"
           " (only while there is something half-done).", destructive=True),
    Action("backup", "b", "Backup", "Back the platform up: choose roles, check, preview, start."),
    Action("restore", "r", "Restore", "Restore a backup set, guided. Nothing is done before the"
           " set's domain was typed."),
    Action("sets", "s", "Sets", "The backup sets of the vault."),
    Action("runs", "u", "Runs", "Every backup, restore and undo known here, and how it ended."),
    Action("logs", "l", "Logs", "The log of the selected container."),
    Action("doctor", "d", "Doctor", "Check every precondition now."),
    Action("accept", "A", "Accept", "Accept a warning on this screen as it is: it is a note, with"
           " who and when, until it changes.", shown=False),
    Action("accept_this", "enter", "Accept", "Accept this warning as it is. It asks first."),
    Action("refresh", "ctrl+r", "Refresh", "Look again now.", shown=False, display="^r"),
    Action("palette", "colon", "Menu", "Every action of this screen, and every place, by name"
           " (ctrl+p too, also from a field).", display=":"),
    Action("redraw", "ctrl+l", "Draw again", "Draw the whole screen again, for example if a message"
           " of the machine covers it.", shown=False, display="^l"),
    Action("note", "n", "Note", "Write what you see, or have decided, into incident or drill; where"
           " none is open, declare one.", shown=False),
    Action("note_typed", "ctrl+n", "Note", "The same, also from a field or over a question: a note"
           " into incident or drill; where none is open, it declares one.",
           shown=False, display="^n"),
    Action("incidents", "I", "Incidents", "The incidents, open and closed, each with its report:"
           " times, downtime, what was lost, what remains.", shown=False),
    Action("open_report", "enter", "Open", "Open the report: to search it, to copy it."),
    Action("close_incident", "C", "Close incident", "Close the open incident (only while there is"
           " one). It asks first.", shown=False),
    Action("save", "ctrl+e", "Save", "Save this screen as a picture (SVG) and as text, in the state"
           " folder.", shown=False, display="^e"),
    Action("mouse", "m", "Mouse", "Leave the mouse to the terminal, to select and copy with it;"
           " or take it back.", shown=False),
    Action("help", "question_mark", "Help", "The keys and the words of this screen.",
           display="?"),
    Action("quit", "q", "Quit", "Leave the interface. A run continues without it."),
    Action("back", "escape", "Back", "To the previous screen.",
           display="esc"),
    # Wizards.
    Action("next", "n", "Next", "To the next page of this wizard; on the last one, to its button."),
    Action("commands", "c", "Commands", "Show or hide the exact command of every step."),
    Action("while_copying", "w", "While copying", "Verify the set only while it is copied"
           " back; or before that again (only if it was verified in full shortly before)."),
    Action("recheck", "ctrl+r", "Check again", "Check the preconditions again.", display="^r"),
    Action("open_busy", "o", "Open the run", "Open the run that is using the platform (only while"
           " there is one)."),
    Action("read_on", "pagedown", "Read on", "Scroll the text of this page, whatever has the focus;"
           " PgUp scrolls back.", display="PgDn"),
    Action("whole_text", "v", "All of it", "The whole text on a separate page: to read it, to"
           " search it, to copy it.", shown=False),
    # A run.
    Action("cancel", "x", "Cancel", "End the run, after a question that says what is left.",
           destructive=True),
    Action("result", "o", "Output", "Change between the result and the output."),
    # Texts that still grow, such as the output of a run.
    Action("follow", "space", "Follow", "Follow the newest line, or pause to read."),
    Action("search", "slash", "Search", "Search the text.", display="/"),
    Action("search_next", "n", "Next hit", "The next line with the searched text; without a search,"
           " a note into incident or drill.", shown=False),
    Action("search_previous", "N", "Hit before", "The hit before.", shown=False),
    Action("wrap", "w", "Wrap", "Wrap long lines, or cut them at the edge (← → move along them).",
           shown=False),
    Action("filter", "f", "Filter", "One part of the output alone: standard error, warnings and"
           " failures, the step of the line at the top; then all of it again.",
           shown=False),
    Action("copy", "y", "Copy", "Copy the text to the clipboard (OSC 52).", display="y"),
    Action("plain", "p", "Plain", "Leave the screen, print the text on the terminal for copying,"
           " and wait for Enter."),
    # Sets and runs.
    Action("verify", "v", "Verify", "Check every file and dump of this set against what it says."),
    Action("sample", "V", "Sample", "Check a twentieth of this set's files, another part each time:"
           " twenty read all of it."),
    Action("files", "f", "Files", "Bring single files of this set back, beside what is there: a"
           " pattern, what it means, a question."),
    Action("fetch", "F", "Fetch", "Bring the files of this set from the repository to this"
           " machine: to audit it, or for single files."),
    Action("send", "S", "Send", "Send this set to the repository: it is on this machine alone."),
    Action("prune", "D", "Prune", "Remove the sets that no rule keeps: rules, what goes and why,"
           " then the domain.", destructive=True),
    Action("adopt", "A", "Adopt", "Make a set of a backup that was made by hand: its folder, what"
           " is found in it, a question.", shown=False),
    Action("pin", "P", "Pin", "Pin this set, so that no rule removes it, with a reason; or unpin"
           " it.", shown=False),
    Action("restore_this", "r", "Restore", "Restore this set, guided.", destructive=True),
    Action("guide", "g", "Guide", f"{GUIDE} of this set: how to restore it by hand."),
    Action("open_run", "enter", "Open", "Open the run: its steps, output and result."),
    Action("undo", "U", "Undo", "Put back what this restore moved aside. Asks for the domain.",
           destructive=True),
    Action("release", "D", "Release", "Remove for good what this restore or this undo moved"
           " aside. Asks for the domain.", destructive=True),
    Action("audit", "a", "Audit", "What the timing gap cost in this set: accounts, attachments,"
           " series without their other half."),
    Action("audit_live", "L", "Live audit", "Ask the running platform what is without its other"
           " half by now: what remains, and what settles each. Nothing is changed.", shown=False),
    # Drills.
    Action("drills", "D", "Drills", "The disasters that can be played on a separate practice"
           " platform; an open one can be continued. Also the drills that were held, with their"
           " reports."),
    Action("play", "enter", "Play", "Play the selected scenario."),
    Action("go_on", "enter", "Continue", "Continue the open drill, where it was left."),
    Action("read_drill", "enter", "Read", "Open the report of the selected drill: to sign it, to"
           " review it, to search and copy it."),
    Action("sign_record", "S", "Sign", "Sign this record, and what was found since, with the"
           " operator's key (only while it is not signed)."),
    Action("review_record", "V", "Review", "Countersign this record with a reviewer's own key: it"
           " asks for what you found (only while it is signed and not reviewed)."),
    Action("add_finding", "a", "Finding", "Write down what was found: who does what about it until"
           " when, or that it went well."),
    Action("walk_through", "w", "Walk through", "Show the same pages, but execute nothing."),
    Action("drill_set", "t", "Sandbox", "Restore the newest set in a sandbox beside the platform,"
           " compare it and remove it again, after a question. The platform isn't stopped."),
    Action("decide", "enter", "Take it", "Take the selected option. It acts only on the practice"
           " platform; in a walk-through its effects are only described."),
    Action("debrief", "enter", "Debrief", "Say what went well and what has to be fixed; then the"
                                          " drill is closed, and its record written."),
    Action("hint", "h", "Hint", "A hint; it costs time of the story."),
    Action("observe", "n", "Note", "Write what you see into the drill, with its time and who."),
    Action("facilitate", "F", "Facilitator", "Show or hide the hints and what comes next: for the"
           " person who leads the drill and does not act."),
    Action("break_off", "X", "Break off", "End the drill here; it is recorded as broken off.",
           destructive=True),
    # A practice platform.
    Action("practice", "P", "Practice", "What can be done to a practice platform: add data, lose"
           " a role, make something fail, choose the pace."),
    Action("do_act", "enter", "Do it", "Do what is selected. What loses something asks first."),
    # A container.
    Action("details", "enter", "Details", "All about the selected container; start, stop, restart"
           " it."),
    Action("start_container", "S", "Start", "Start this container.", destructive=True),
    Action("stop_container", "X", "Stop", "Stop this container. Says first what users notice; asks"
           " for the domain.", destructive=True),
    Action("restart_container", "T", "Restart", "Stop this container and start it again. Says first"
           " what users notice; asks for the domain.", destructive=True),
    Action("since", "s", "Since", "The log since a time or for so long: 10m, 2h, 14:30."),
    Action("tail", "t", "More", "Read more of the log from its end: 500, 5,000, 50,000 lines."),
)  # fmt: skip

ACTIONS: dict[str, Action] = {action.name: action for action in _ALL}


def field_actions(enter: str, here: Sequence[Action]) -> list[Action]:
    """Return the actions whose keys work while a field has the focus: there, letters are text.

    Args:
        enter: what Enter does in this field; empty if nothing.
        here: the actions of the screen. Those on Escape, Ctrl+R and PgDn are kept, and the help.
    """
    keys = ("escape", "ctrl+r", "pagedown")
    actions = [action for action in here if action.key in keys]
    actions.append(Action("app.focus_next", "tab", "Leave the field", ""))
    if enter:
        actions.insert(0, Action("submit", "enter", enter, ""))
    # `n` and `:` are letters in a field.
    if any(action.name in ("note", "note_typed") for action in here):
        actions.append(ACTIONS["note_typed"]._replace(shown=True))
    actions.append(ACTIONS["palette"]._replace(key="ctrl+p", display="^p"))
    return [*actions, *(action for action in here if action.name == "help")]


MOVES = (
    ("↑ ↓  j k", "Move in a list or a text."),
    ("PgUp PgDn  Home End", "Move by pages, to the start, to the end."),
    ("Tab  Shift+Tab", "To the next or the last part of the screen."),
    (
        "Enter",
        "Choose what is selected, press the focused button; where a word was typed, Space does.",
    ),
)
"""Keys that are the same everywhere, and that Textual's own widgets handle."""


ALSO = {"palette": ",ctrl+p", "note": ",ctrl+n", "observe": ",ctrl+n"}
"""A second key for actions whose first key is text in a field."""


def bindings(names: Iterable[str]) -> list[BindingType]:
    """Return the bindings of these actions."""
    return [
        Binding(ACTIONS[name].key + ALSO.get(name, ""), name, ACTIONS[name].label, show=False)
        for name in names
    ]
