"""Sentences of plans, of what a run found in sets and stores, and of screens, and the tests that
notice. Each was excused before."""

_PLANS = "tests/claims/test_of_plans.py::"
_SETS = "tests/claims/acting/test_of_sets.py::"
_KNOWN = "tests/operations/sets/test_known_good.py::"
_STORES = "tests/claims/acting/test_of_store_words.py::"

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "operations/plans/backup_hold.py": {
        "--hold everything protects core's data": (
            f"{_PLANS}test_that_holding_everything_serves_cores_data_is_said_where_core_is_not_taken",
        ),
    },
    "operations/plans/container.py": {
        "Until it is up again": (
            f"{_PLANS}test_what_is_up_again_after_a_restart_is_told_to_lack_its_files",
        ),
    },
    "operations/sets/known_good.py": {
        "found files or folders that are in none of its lists": (
            f"{_KNOWN}test_what_does_not_count",
            f"{_KNOWN}test_a_check_in_full_counts_and_says_what_it_saves",
        ),
    },
    "operations/steps/bringing_back/bring_files.py": {
        "in the set matches": (
            f"{_SETS}test_no_file_is_meant_only_where_no_listed_one_has_that_name",
        ),
    },
    "operations/steps/drilling/erased_since.py": {
        "no account that was asked says": (
            f"{_SETS}"
            "test_no_account_says_when_it_was_registered_only_where_those_that_were_asked_do_not",
        ),
    },
    "operations/steps/services/restart_policy.py": {
        "does not bring up": (
            f"{_PLANS}test_a_restart_of_the_engine_is_told_of_where_it_brought_something_up",
        ),
    },
    "operations/steps/services/start_services.py": {
        ": bringing up …": (
            f"{_SETS}test_what_is_brought_up_from_the_roots_files_is_what_they_declare",
        ),
    },
    "operations/steps/sets/check_set.py": {
        "In none of the set's lists, and so not restored": (
            f"{_SETS}test_a_check_names_what_is_in_none_of_the_lists",
        ),
        "is in none of the set's lists, so it is not restored": (
            f"{_SETS}test_a_check_names_what_is_in_none_of_the_lists",
        ),
    },
    "operations/steps/sets/verify_set.py": {
        "none of the set's lists, so it is not restored. See": (
            f"{_SETS}test_what_is_in_none_of_a_sets_lists_is_named_and_not_restored",
        ),
        "… is in none of the set's lists, so it is not restored": (
            f"{_SETS}test_what_is_in_none_of_a_sets_lists_is_named_and_not_restored",
        ),
    },
    "operations/steps/taking/audit_gap.py": {
        "and nothing in it shows a deletion": (
            f"{_SETS}test_nothing_shows_a_deletion_where_no_folder_is_known_to_have_changed",
        ),
    },
    "operations/stores/influxdb.py": {
        "it printed nothing": (f"{_STORES}test_influxd_printed_nothing_where_it_printed_no_text",),
    },
    "operations/stores/mongo_counts.py": {
        "all documents are read once more": (
            f"{_STORES}test_what_reading_all_once_more_costs_is_told_where_mongodb_is_restored",
            f"{_STORES}test_all_are_read_once_more_where_the_server_can_not_be_asked",
        ),
    },
    "operations/stores/mongo_words.py": {
        "said nothing that this program understands": (
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
        "said nothing about it that this program understands": (
            f"{_STORES}test_of_what_a_program_named_it_is_not_said_to_have_said_nothing",
        ),
        "all are read once more": (
            f"{_STORES}test_all_are_read_once_more_where_the_server_can_not_be_asked",
        ),
    },
    "operations/stores/redis.py": {
        "what was written after its last snapshot is lost": (
            f"{_STORES}"
            "test_what_is_written_after_a_snapshot_is_lost_where_redis_keeps_nothing_else",
        ),
    },
    "runs/left.py": {
        "No such entry is acted on": (
            f"{_SETS}test_nothing_is_done_about_a_debt_that_can_not_be_ours",
        ),
    },
    "tui/text/audit.py": {
        "The whole list: …": (
            f"{_SETS}test_the_whole_list_of_what_an_audit_found_is_in_the_table_beside_the_set",
        ),
    },
    "tui/text/comparing.py": {
        "so nothing is ticked": (f"{_SETS}test_nothing_is_ticked_at_first_where_nothing_is_gone",),
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
    "tui/text/sets.py": {
        "it says nothing of itself": (
            f"{_SETS}test_a_set_says_nothing_of_itself_where_it_has_no_description",
        ),
    },
}
