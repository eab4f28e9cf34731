"""Sentences of incidents, runs, Pryv.io itself, practice and sets, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "incidents/files.py": {
        "can't be written: …. Nothing of the incident": (
            "tests/incidents/test_files.py"
            "::test_a_full_or_closed_folder_leaves_nothing_half_written",
        ),
    },
    "incidents/report/page.py": {
        "nothing is known to be lost": (
            "tests/incidents/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "nothing is known to have been down": (
            "tests/incidents/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
    },
    "incidents/report/remaining.py": {
        "asked: of what could be checked nothing lacks": (
            "tests/incidents/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "asked: nothing lacks its other half": (
            "tests/incidents/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "nothing was written in what was compared": (
            "tests/incidents/test_report.py"
            "::test_what_two_restores_cost_is_told_once_and_contradicts_nothing",
        ),
    },
    "incidents/report/timeline.py": {
        "… is lost…, …": (
            "tests/claims/test_made_false.py"
            "::test_a_role_is_lost_only_where_somebody_or_something_tells_since_when",
        ),
        "All that was down serves again": (
            "tests/incidents/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
    },
    "incidents/words.py": {
        "nothing is known to be down": (
            "tests/incidents/test_report.py::test_all_and_nothing_are_said_only_where_they_are_so",
        ),
        "… lost": (
            "tests/claims/test_made_false.py"
            "::test_a_role_is_lost_only_where_somebody_or_something_tells_since_when",
        ),
        " (… in all)": (
            "tests/incidents/test_report.py"
            "::test_each_role_is_down_by_its_own_gap_and_in_all_only_where_that_differs",
        ),
    },
    "platform/casualties.py": {
        "inside the set no account, attachment or series": (
            "tests/operations/audit/test_afterwards.py"
            "::test_a_gap_cost_nothing_only_where_all_of_it_was_counted",
        ),
    },
    "platform/gap.py": {
        "without its event: nothing came in while core was taken": (
            "tests/claims/test_made_false.py"
            "::test_no_account_is_lost_only_where_none_could_come_in",
        ),
        "No user account is lost between core and register": (
            "tests/claims/test_made_false.py"
            "::test_no_account_is_lost_only_where_none_could_come_in",
        ),
    },
    "practice/platform.py": {
        "on …: nothing new can be made": (
            "tests/claims/test_of_acts.py"
            "::test_nothing_new_can_be_made_is_said_only_where_that_is_so",
        ),
        "has no container of …: nothing new can be made": (
            "tests/claims/test_of_acts.py"
            "::test_nothing_new_can_be_made_is_said_only_where_that_is_so",
        ),
    },
    "runs/record/older.py": {
        "there is nothing to undo": (
            "tests/runs/test_words_decide_nothing.py::test_an_older_journal_is_judged_as_before",
        ),
    },
    "runs/worker/closing.py": {
        "… were compared, and nothing there was newer": (
            "tests/operations/comparing/test_newer.py"
            "::test_an_undo_says_that_nothing_was_newer_only_where_all_was_compared",
        ),
    },
    "runs/worker/guardian.py": {
        "nothing was held": (
            "tests/journeys/test_gap.py::test_nothing_is_held_without_a_guardian",
        ),
    },
    "vault/beside/pins.py": {
        "and nothing is written over that": (
            "tests/vault/beside/test_pins.py::test_what_can_not_be_read_counts_as_pinned",
        ),
    },
}
