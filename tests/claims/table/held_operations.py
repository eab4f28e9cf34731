"""Sentences of operations: plans, steps, checks and stores, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "operations/advice.py": {
        "Nothing that it had stopped is down now": (
            "tests/operations/test_advice.py::test_what_is_down_and_since_when",
        ),
    },
    "operations/audit/afterwards.py": {
        "nothing lacks its": (
            "tests/operations/audit/test_afterwards.py"
            "::test_what_could_not_be_asked_is_not_known_and_never_nothing",
        ),
    },
    "operations/audit/from_set.py": {
        "was found:": (
            "tests/claims/test_made_false.py::test_no_casualty_is_said_of_what_was_checked",
        ),
        "nothing could be checked: what the gap cost": (
            "tests/claims/test_made_false.py::test_no_casualty_is_said_of_what_was_checked",
        ),
        "no casualty was found in what was checked": (
            "tests/claims/test_made_false.py::test_no_casualty_is_said_of_what_was_checked",
        ),
    },
    "operations/audit/live_words.py": {
        "Nothing could be checked.": (
            "tests/claims/test_made_false.py"
            "::test_nothing_remains_is_said_only_where_all_was_checked",
        ),
        "Nothing remains of what could be checked.": (
            "tests/claims/test_made_false.py"
            "::test_nothing_remains_is_said_only_where_all_was_checked",
        ),
        "Nothing remains.": (
            "tests/claims/test_made_false.py"
            "::test_nothing_remains_is_said_only_where_all_was_checked",
        ),
    },
    "operations/comparing/model.py": {
        "and has none of its …; the set holds": (
            "tests/operations/comparing/test_comparing.py"
            "::test_a_role_that_answers_and_holds_nothing_is_damaged",
        ),
    },
    "operations/comparing/words.py": {
        "gone, and none": (
            "tests/operations/comparing/test_comparing.py"
            "::test_what_core_alone_had_is_gone_with_it_and_named_as_the_last_look_knew_it",
        ),
        "No account is known to be gone": (
            "tests/operations/comparing/test_comparing.py"
            "::test_none_of_what_could_be_asked_is_not_said_to_be_none",
        ),
    },
    "operations/guards/busy.py": {
        "nothing else that holds it begins": (
            "tests/claims/test_of_platforms.py"
            "::test_what_else_may_begin_while_a_run_holds_the_platform",
        ),
    },
    "operations/kind.py": {
        "It left nothing that has to be put back": (
            "tests/remedies/test_going_on.py::test_what_a_dead_run_left_is_recovered",
        ),
        " Nothing was changed.": (
            "tests/claims/test_made_false.py::test_nothing_was_changed_is_not_said_after_a_change",
        ),
    },
    "operations/kinds/backup.py": {
        "holds nothing yet that a later backup could use": (
            "tests/runs/test_partial_left.py::test_nobody_is_told_to_keep_what_holds_nothing",
        ),
    },
    "operations/kinds/restore.py": {
        "Nothing was replaced yet: all stays": (
            "tests/claims/test_made_false.py"
            "::test_nothing_was_replaced_yet_is_not_said_once_a_root_was_changed",
        ),
    },
    "operations/kinds/undo.py": {
        "Nothing was put back yet": (
            "tests/claims/test_made_false.py"
            "::test_nothing_was_replaced_yet_is_not_said_once_a_root_was_changed",
        ),
    },
    "operations/kinds/verify.py": {
        "No file of the set is changed": (
            "tests/journeys/test_verify_run.py::test_a_cancelled_one_keeps_nothing",
        ),
    },
    "operations/overview/backup_words.py": {
        "none yet": (
            "tests/claims/test_made_false.py::test_none_yet_is_not_said_of_a_vault_in_doubt",
        ),
    },
    "operations/overview/serving.py": {
        "up": ("tests/operations/overview/test_serving.py::test_up_is_what_runs_and_answers",),
    },
    "operations/plan.py": {
        "there is nothing to undo": (
            "tests/runs/test_words_decide_nothing.py"
            "::test_a_step_says_nothing_of_undoing_only_where_there_is_nothing",
        ),
    },
    "operations/plans/backup.py": {
        "then all is let in again": (
            "tests/claims/test_of_platforms.py"
            "::test_no_more_is_said_of_users_than_that_no_service_of_theirs_stops",
        ),
        "Nothing of the platform is deleted": (
            "tests/claims/test_of_platforms.py"
            "::test_nothing_is_deleted_is_not_said_where_the_rest_of_a_backup_is_removed",
        ),
        "Nobody can sign up …": (
            "tests/claims/test_of_platforms.py"
            "::test_no_more_is_said_of_users_than_that_no_service_of_theirs_stops",
        ),
    },
    "operations/plans/release.py": {
        "nothing that the run … moved aside is there any more": (
            "tests/cli/test_release.py::test_a_result_and_the_status_say_the_same_of_it",
        ),
    },
    "operations/root/removal.py": {
        "nothing of it was removed": (
            "tests/faults/test_held_fast.py::test_a_set_that_somebody_protects_is_not_half_removed",
        ),
    },
    "operations/root/where.py": {
        "is empty: nothing was there before": (
            "tests/faults/test_held_fast.py::test_where_content_lies_is_told_from_a_look",
        ),
    },
    "operations/steps/taking/audit_gap.py": {
        "inside the set no account, attachment or series": (
            "tests/claims/test_made_false.py"
            "::test_the_gap_cost_nothing_only_where_all_of_the_set_was_looked_at",
        ),
    },
}
