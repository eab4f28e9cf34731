"""What claims nothing: the screens."""

NO_CLAIM: dict[str, dict[str, str]] = {
    "tui/actions.py": {
        "All of it": "an action's name",
        "Back the platform up": "an action's help",
        "Draw the whole screen again": "an action's help",
        "where none is open, declare one": "an action's help",
        "where none is open, it declares one": "an action's help",
        "what was lost, what remains": "an action's help",
        "The whole text on a separate page": "an action's help",
        "then all of it again": "an action's help",
        "twenty read all of it": "an action's help",
        "Nothing is changed.": "an action's help: it only asks",
        "Show the same pages, but execute nothing.": "an option's help",
        "All about the selected container": "an action's help",
    },
    "tui/base/dialog.py": {
        "up": "the name of a key",
    },
    "tui/base/output.py": {
        "if nothing arrived": "says what to do in a case",
    },
    "tui/base/plan_wizard.py": {
        "everything is checked again": "says what is done now",
    },
    "tui/base/wizard.py": {
        "Enter starts nothing here: Space": "says what a key does",
        "Enter starts nothing here: …": "says what a key does",
    },
    "tui/flows/adopt.py": {
        "type the whole path": "asks for a word",
        "nothing is typed yet": "says that a field is empty",
        "type the folder's whole path": "asks for a word",
    },
    "tui/flows/files.py": {
        "with all that is in it": "asks for a word",
        "nothing is typed yet": "says that a field is empty",
    },
    "tui/flows/practice.py": {
        "everything this program does to a real platform": "says what practice is",
    },
    "tui/screens/backup.py": {
        "None for accounts": "a choice's name",
        "None at all": "a choice's name",
        "Back up … now": "a button's name",
        "What can't come in can't be lost": "a choice's help",
        "Roles to back up": "a heading",
        "All roles together is the rule": "a choice's help",
    },
    "tui/screens/container.py": {
        "Pryv.io's templates have none": "what a word means",
    },
    "tui/screens/doctor.py": {
        "or something is lost, or has failed": "what a word means",
    },
    "tui/screens/drills/choose.py": {
        "but execute nothing": "a choice's help",
    },
    "tui/screens/drills/play.py": {
        "Sees all and writes notes": "what a part in a drill is",
        "you see all, and write notes": "what a part in a drill is",
    },
    "tui/screens/help.py": {
        "It does nothing now.": "says that a key has no use here",
    },
    "tui/screens/incidents.py": {
        "all that is done about it": "what a word means",
        "From the loss to when": "what a word means",
        "Since when it was lost is not known": "says what is not known",
        "What happened, when and who": "what a word means",
    },
    "tui/screens/palette.py": {
        "up": "the name of a key",
        "nothing is called that": "says that no action has a name",
    },
    "tui/screens/restore.py": {
        "so nothing is known of it": "says that it is not known",
    },
    "tui/screens/sets.py": {
        "so nothing is known of it": "says that it is not known",
    },
    "tui/terminal/probe.py": {
        "is none": "says what a stream is not",
    },
    "tui/text/audit.py": {
        "until then all of it may be well": "says that it may be otherwise",
    },
    "tui/text/comparing.py": {
        "Nothing is known to be gone": "says that it is not known",
    },
    "tui/text/container.py": {
        "none by Docker": "how a container is started",
        ": none": "an empty list",
    },
    "tui/text/overview.py": {
        "up": "what a state is compared with: it is not printed from here",
    },
    "tui/text/plan.py": {
        "none was done here yet": "says why a duration is not known",
    },
    "tui/text/run.py": {
        "Steps, none": "a heading of an empty list",
        "… none": "an empty list",
    },
    "tui/widgets/field.py": {
        "Enter does nothing yet": "says what a key does",
    },
    "tui/widgets/output.py": {
        ": none": "an empty list",
    },
    "tui/widgets/panes.py": {
        ": none": "an empty list",
    },
    "tui/widgets/too_small.py": {
        ": none": "an empty list",
    },
}
