"""What nobody has seen noticed yet: commands and errors."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "cli/drills/records.py": {
        "No debrief is part of it: nothing was found, or nobody": (
            "tests/claims/test_of_drills.py"
            "::test_no_debrief_is_said_where_nobody_found_anything_and_not_where_one_did",
        ),
        "are what was written": (
            "tests/claims/test_of_drills.py"
            "::test_of_a_drill_without_a_record_nothing_is_said_to_be_what_was_written",
        ),
    },
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
