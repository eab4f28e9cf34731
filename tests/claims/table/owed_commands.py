"""What nobody has seen noticed yet: commands and errors."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "cli/run.py": {
        "… is …; nothing was changed": (),
    },
    "errors.py": {
        "A guard refused; nothing was changed.": (),
        "nothing was found out about what was to be read": (),
        "may not read a part of a set; nothing was found out": (),
        "The file server of a set does not answer any more": (),
    },
}
