"""What claims nothing: commands and errors."""

NO_CLAIM: dict[str, dict[str, str]] = {
    "cli/audit.py": {
        "The whole list: …": "names a file that was written just before, with all that was found",
        "until then all of it may be well": "says that it may be otherwise",
        "more: pryv-tui audit": "names a command that shows them",
    },
    "cli/base/asking.py": {
        "To do it all the same": "asks for an act",
        "(Enter: nothing more)": "what a person types",
    },
    "cli/base/options.py": {
        "Print nothing on success; what fails": "an option's help",
        "and is none": "an option's help",
        "Copy every file; link none to a former set.": "an option's help",
        "Keep new accounts, or everything, out while": "an option's help",
        "When what is held is let in again": "an option's help",
        "--full copies everything, so that": "tells why two options do not go together",
        "is none of …": "tells what a word is not",
    },
    "cli/base/output.py": {
        "All of it: …": "names a command that shows it",
    },
    "cli/base/telling.py": {
        "All of it: pryv-tui attach": "names a command that shows it",
    },
    "cli/containers.py": {
        "So many of the last lines [default": "an option's help",
    },
    "cli/drills/actions.py": {
        "Nothing is to be done about it.": "an option's help",
    },
    "cli/drills/played.py": {
        "until no other run holds the platform": "an option's help",
        "What the sandbox brings up": "an option's help",
        "The same pages, and nothing is executed.": "an option's help",
    },
    "cli/incident.py": {
        "Since when it is lost, where you know it": "an option's help",
        "which is closed all the same": "a heading of what remains",
    },
    "cli/look.py": {
        "a restore copies everything: it links": "tells why an option is not for a restore",
    },
    "cli/practice.py": {
        "Accounts on another core of the platform": "an option's help",
        "that a container of its own has mounted, which is none": "an option's help",
    },
    "cli/prune.py": {
        "Say what would go and what stays; remove nothing.": "an option's help",
    },
    "cli/verify.py": {
        "Read only so much of it, such as 5%": "an option's help",
        "The set is checked all the same": "says that something is done although another can't be",
    },
}
