"""Sentences of drills, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "drills/cadence.py": {
        "none that counts is on record here": (
            "tests/claims/test_of_drills.py"
            "::test_none_has_passed_is_not_said_where_one_did_or_may_have",
        ),
        "none of a set is on record here": ("tests/drills/test_cadence.py::test_when_one_is_due",),
    },
    "drills/findings.py": {
        "nothing is said of the finding": (
            "tests/drills/test_signing.py"
            "::test_a_finding_is_given_what_was_not_said_and_nothing_else",
        ),
    },
    "drills/record/judging.py": {
        "nothing was checked": (
            "tests/drills/test_record.py::test_what_was_not_seen_to_be_well_is_not_well",
        ),
        "nothing was tried from inside": (
            "tests/drills/test_record.py::test_what_was_not_seen_to_be_well_is_not_well",
        ),
    },
    "drills/report/page.py": {
        " (whole in record.json)": (
            "tests/drills/test_report.py"
            "::test_of_a_long_command_the_page_shows_how_it_begins_and_where_it_is_whole",
        ),
        "nothing was executed, so nothing is proven": (
            "tests/drills/test_report.py"
            "::test_a_story_is_told_with_its_turns_and_a_walk_through_proves_nothing",
        ),
        "all of it is gone": (
            "tests/claims/test_of_drills.py"
            "::test_all_of_a_sandbox_is_gone_only_where_all_of_it_was_seen_to_go",
        ),
        "None: when the live platform was asked": (
            "tests/claims/test_of_drills.py"
            "::test_each_account_name_is_there_only_where_both_were_asked",
        ),
    },
    "drills/signing/checking.py": {
        "nothing tells whose key it is": (
            "tests/drills/test_signing.py::test_both_find_what_was_spoilt",
        ),
    },
    "drills/signing/ssh.py": {
        "Nothing was written": ("tests/drills/test_signing.py::test_a_refused_key_leaves_nothing",),
    },
    "operations/drilling/probing.py": {
        "has an address that could be tried": (
            "tests/claims/test_of_drills.py"
            "::test_no_live_container_is_not_said_of_containers_without_an_address",
        ),
        "none is there that could be reached": (
            "tests/claims/test_of_drills.py"
            "::test_no_live_container_is_not_said_of_containers_without_an_address",
        ),
    },
    "operations/kinds/drill.py": {
        "The drill itself has stopped and changed nothing": (
            "tests/journeys/test_drill.py::test_a_change_of_the_platform_meanwhile_is_named",
        ),
    },
    "operations/steps/drilling/fingerprint.py": {
        "The drill reaches none of it": (
            "tests/journeys/test_drill.py::test_a_change_of_the_platform_meanwhile_is_named",
        ),
    },
    "tui/text/drill.py": {
        "Nothing was decided yet.": (
            "tests/tui/test_drills.py"
            "::test_where_there_is_room_what_was_so_far_is_beside_the_question",
        ),
    },
}
