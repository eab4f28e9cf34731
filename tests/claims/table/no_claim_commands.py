"""What claims nothing: commands and errors."""

NO_CLAIM: dict[str, dict[str, str]] = {
    "cli/audit.py": {
        "The whole list: …": "names a file that was written just before, with all that was found",
        "more: pryv-tui audit": "names a command that shows them",
    },
    "cli/base/asking.py": {
        "(Enter: nothing more)": "what a person types",
    },
    "cli/base/options.py": {
        "Print nothing on success; failures": "an option's help",
        "Copy every file; link none to an earlier set.": "an option's help",
        "Block new accounts, or everything, while": "an option's help",
        "After this time the block of --hold ends": "an option's help",
        "--full copies everything, so that": "tells why two options do not go together",
    },
    "cli/base/output.py": {
        "To see all of it: …": "names a command that shows it",
    },
    "cli/base/telling.py": {
        "To see all that it printed: pryv-tui attach": "names a command that shows it",
    },
    "cli/containers.py": {
        "Show this many of the last lines [default": "an option's help",
    },
    "cli/drills/actions.py": {
        "It went well: nothing has to be done about it.": "an option's help",
    },
    "cli/drills/played.py": {
        "until no other run is using the platform": "an option's help",
        "Show the same pages, but execute nothing.": "an option's help",
    },
    "cli/incident.py": {
        "Since when it is lost, if you know it": "an option's help",
    },
    "cli/look.py": {
        "--full and --paranoid are for a backup only": "tells why an option is not for a restore",
    },
    "cli/practice.py": {
        "has this folder of the root mounted; . is the whole root": "an option's help",
    },
    "cli/prune.py": {
        "Show what would be removed and what stays; remove nothing.": "an option's help",
    },
    "cli/verify.py": {
        "Read only this share of it, like 5%": "an option's help",
    },
}
