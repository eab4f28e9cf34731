"""Sentences of plans, of what a run found in sets and stores, and of screens, and the tests that
notice. Each was excused before."""

_PLANS = "tests/claims/test_of_plans.py::"

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "operations/plans/backup.py": {
        "though none of the platform's": (
            f"{_PLANS}test_who_writes_into_a_root_and_is_not_stopped_is_none_of_the_platforms",
        ),
    },
    "operations/plans/backup_hold.py": {
        "holding everything serves core's data": (
            f"{_PLANS}test_that_holding_everything_serves_cores_data_is_said_where_core_is_not_taken",
        ),
    },
    "operations/plans/container.py": {
        "Until it is up again": (
            f"{_PLANS}test_what_is_up_again_after_a_restart_is_told_to_lack_its_files",
        ),
    },
    "operations/services/standing.py": {
        "though none of the platform's": (
            f"{_PLANS}test_who_is_stopped_too_and_started_again_though_none_of_the_platforms",
        ),
    },
    "operations/steps/services/restart_policy.py": {
        "does not bring up": (
            f"{_PLANS}test_a_restart_of_the_engine_is_told_of_where_it_brought_something_up",
        ),
    },
    "tui/text/plan.py": {
        "No undo brings a removed set back": (
            f"{_PLANS}test_no_undo_brings_a_set_back_is_said_where_one_is_removed",
        ),
        "it changes nothing of the platform": (
            f"{_PLANS}test_a_step_changes_nothing_of_the_platform_where_it_is_a_check_alone",
            f"{_PLANS}test_what_is_called_a_check_that_changes_nothing_is_one",
        ),
    },
}
