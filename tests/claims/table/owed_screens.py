"""What nobody has seen noticed yet: the screens."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "tui/actions.py": {
        "Nothing is done before the set's domain was typed": (),
    },
    "tui/base/wizard.py": {
        "nothing can be started now": (),
        "Nothing can be started here before": (),
    },
    "tui/flows/accept.py": {
        "Nothing that is shown here is to be accepted": (),
    },
    "tui/flows/pin.py": {
        "Nothing is removed now": (),
    },
    "tui/flows/recover.py": {
        "Nothing of it can be finished": (),
    },
    "tui/screens/backup.py": {
        "there is nothing to back up": (
            "tests/tui/test_interface_screens.py::test_nothing_here_offers_a_restore",
        ),
    },
    "tui/screens/drills/choose.py": {
        "Nothing of a real platform is touched": (),
    },
    "tui/screens/drills/held.py": {
        "Nothing was signed.": (),
    },
    "tui/screens/drills/play.py": {
        "Nothing was written.": (),
    },
    "tui/screens/prune.py": {
        "Nothing goes without a rule": (),
        "There is nothing to go on with": (),
    },
    "tui/screens/runs.py": {
        "A guard refused; nothing was changed.": (),
    },
    "tui/screens/sets.py": {
        "of all the rest it sees that it is there": (),
    },
    "tui/text/incidents.py": {
        "… lost": (),
        "nothing is known to have been down": (),
    },
    "tui/text/overview.py": {
        "up": (),
    },
    "tui/text/sets.py": {
        "nothing is restored from it": (),
    },
    "tui/widgets/too_small.py": {
        "all is as it was": (),
    },
}
