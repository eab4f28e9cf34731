"""Sentences of plans, of what a run found in sets and stores, and of screens, and the tests that
notice. Each was excused before."""

_PLANS = "tests/claims/test_of_plans.py::"
_STORES = "tests/claims/acting/test_of_store_words.py::"

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
    "operations/stores/influxdb.py": {
        "it printed nothing": (f"{_STORES}test_influxd_printed_nothing_where_it_printed_no_text",),
    },
    "operations/stores/mongo_counts.py": {
        "all are read once more": (
            f"{_STORES}test_what_reading_all_once_more_costs_is_told_where_mongodb_is_restored",
            f"{_STORES}test_all_are_read_once_more_where_the_server_can_not_be_asked",
        ),
    },
    "operations/stores/mongo_words.py": {
        "said nothing that is understood": (
            f"{_STORES}test_of_what_a_program_named_it_is_not_said_to_have_said_nothing",
        ),
        "mongodump said …, … none": (
            f"{_STORES}test_of_names_that_are_printed_in_another_way_one_is_missing_and_not_each",
        ),
        "did not say how many documents": (
            f"{_STORES}test_mongorestore_did_not_say_how_many_only_where_it_prints_no_total",
        ),
    },
    "operations/stores/mongodb.py": {
        "said nothing of it that is understood": (
            f"{_STORES}test_of_what_a_program_named_it_is_not_said_to_have_said_nothing",
        ),
        "and says nothing of it": (
            f"{_STORES}"
            "test_mongodump_says_nothing_of_what_it_leaves_out_where_the_server_does_not_tell",
        ),
        "they are all read once more": (
            f"{_STORES}test_all_are_read_once_more_where_the_server_can_not_be_asked",
        ),
    },
    "operations/stores/redis.py": {
        "what is written after its last snapshot is lost": (
            f"{_STORES}"
            "test_what_is_written_after_a_snapshot_is_lost_where_redis_keeps_nothing_else",
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
