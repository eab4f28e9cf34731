"""Sentences of roots, services, sets, steps and stores, and the tests that notice."""

HELD: dict[str, dict[str, tuple[str, ...]]] = {
    "operations/root/aside.py": {
        "nothing is mounted there any more": (
            "tests/claims/acting/test_of_steps.py"
            "::test_nothing_is_mounted_there_is_not_said_of_a_place_where_another_disk_is",
        ),
    },
    "operations/root/kept.py": {
        "Its data is moved aside with everything else that is there now": (
            "tests/claims/test_of_words.py"
            "::test_that_a_roles_data_is_moved_aside_is_said_of_the_undo_of_an_undo_alone",
        ),
        "written since may exist only here": (
            "tests/claims/test_of_words.py"
            "::test_all_else_of_a_restore_goes_with_what_an_unfinished_one_of_it_had_put_there",
        ),
    },
    "operations/root/removal.py": {
        "nothing of it was removed": (
            "tests/faults/test_held_fast.py::test_a_set_that_somebody_protects_is_not_half_removed",
        ),
    },
    "operations/root/where.py": {
        "… is empty: either nothing was there, or somebody has emptied it since": (
            "tests/operations/root/test_where.py::test_what_lies_there_is_said",
        ),
        "content moved aside by the run … is still there, but can't be read as a whole (…)": (
            "tests/operations/root/test_where.py::test_what_can_t_be_read_is_not_said_to_be_empty",
        ),
        "nothing is in … any more": (
            "tests/faults/test_held_fast.py::test_where_content_lies_is_told_from_a_look",
        ),
        "is empty: either nothing was there before": (
            "tests/faults/test_held_fast.py::test_where_content_lies_is_told_from_a_look",
        ),
        "is empty: either nothing was in": (
            "tests/faults/test_held_fast.py::test_where_content_lies_is_told_from_a_look",
        ),
        "all the former content is still in": (
            "tests/faults/test_held_fast.py::test_where_content_lies_is_told_from_a_look",
        ),
    },
    "operations/services/staying_up.py": {
        "container runs and stays up": (
            "tests/operations/services/test_stay_up.py"
            "::test_so_many_seconds_without_a_restart_are_wanted",
        ),
        "containers run and stay up": (
            "tests/journeys/test_report.py::test_a_backup_a_restore_and_an_undo_are_told_alike",
        ),
    },
    "operations/sets/gone_again.py": {
        "nothing was changed": (
            "tests/operations/sets/test_gone_again.py"
            "::test_whoever_asks_a_run_refuses_it_without_the_word",
        ),
    },
    "operations/sets/known_good.py": {
        "can't be verified while it is copied back": (
            "tests/claims/test_of_words.py"
            "::test_a_check_that_does_not_count_any_more_changes_nothing",
            "tests/claims/acting/test_of_steps.py::test_nor_one_that_trusts_the_last_check",
        ),
    },
    "operations/steps/bringing_back/ask_newer.py": {
        "everything written after that": (
            "tests/claims/test_of_platforms.py"
            "::test_only_here_is_not_said_surely_of_what_a_set_may_hold",
        ),
    },
    "operations/steps/bringing_back/copy_back.py": {
        "is in none of the set's lists, and was not put": (
            "tests/operations/sets/test_strangers.py"
            "::test_what_comes_after_the_check_is_not_restored_either",
        ),
    },
    "operations/steps/bringing_back/bring_files.py": {
        "nothing else was touched": (
            "tests/operations/steps/test_bring.py"
            "::test_that_nothing_was_touched_is_not_said_where_a_rest_was_removed",
        ),
        "no existing file was touched": (
            "tests/claims/acting/test_of_refusals.py::test_files_touch_nothing_that_is_there",
            "tests/operations/steps/test_bring.py"
            "::test_what_a_killed_run_left_below_a_root_goes_with_the_next_one",
        ),
    },
    "operations/steps/bringing_back/close_restore.py": {
        "…: … did not stay up during the check of the live platform: started again, and watched"
        " without that check": (
            "tests/operations/steps/test_live_look.py"
            "::test_a_database_that_falls_while_it_is_asked_is_watched_once_more_without_that",
        ),
        "and nothing is mounted there any more": (
            "tests/claims/acting/test_of_steps.py::test_a_restore_ends_where_its_disk_is_still_there",
        ),
    },
    "operations/steps/bringing_back/release_aside.py": {
        "nothing of … was removed: it could not be renamed": (
            "tests/operations/plans/test_release.py"
            "::test_stopped_half_way_it_is_nothing_to_put_back_and_can_be_released_again",
        ),
    },
    "operations/steps/bringing_back/move_aside.py": {
        "everything that was there, in": (
            "tests/claims/acting/test_of_steps.py"
            "::test_where_everything_lies_that_a_killed_step_was_moving",
        ),
        "nothing was moved": (
            "tests/claims/acting/test_of_steps.py"
            "::test_nothing_was_moved_is_not_said_where_a_try_before_had_begun",
        ),
    },
    "operations/steps/bringing_back/put_back_root.py": {
        "everything, in": (
            "tests/claims/acting/test_of_steps.py"
            "::test_where_everything_lies_that_a_killed_step_was_moving",
        ),
        "so nothing was put back yet": (
            "tests/faults/test_disks.py"
            "::test_an_undo_that_can_not_mark_changes_nothing_and_works_later",
        ),
    },
    "operations/steps/bringing_back/try_moves.py": {
        "nothing was stopped": (
            "tests/claims/acting/test_of_steps.py"
            "::test_nothing_was_stopped_is_not_said_by_a_run_that_had_stopped_something",
        ),
    },
    "operations/steps/services/hold_follower.py": {
        "nothing to hold": (
            "tests/claims/acting/test_of_steps.py"
            "::test_there_is_nothing_to_hold_where_no_follower_runs_or_starts_again",
        ),
    },
    "operations/steps/services/hold_platform.py": {
        "is not running: no request comes in through it": (
            "tests/claims/acting/test_of_steps.py::test_nothing_comes_in_through_what_does_not_run",
        ),
    },
    "operations/steps/sets/check_set.py": {
        "found all of it as it was sent": (
            "tests/claims/test_of_words.py"
            "::test_what_restic_read_is_called_all_data_where_it_was_and_as_sent_where_it_is",
        ),
        "all data": (
            "tests/claims/test_of_words.py"
            "::test_what_restic_read_is_called_all_data_where_it_was_and_as_sent_where_it_is",
        ),
    },
    "operations/steps/sets/prune_repository.py": {
        "nothing that a snapshot needs is removed": (
            "tests/restic/test_runs.py::test_prune_forgets_what_no_rule_keeps_and_no_more",
        ),
    },
    "operations/steps/sets/verify_set.py": {
        "is not what it should be": (
            "tests/claims/acting/test_of_steps.py"
            "::test_a_restore_that_ends_at_its_check_has_changed_nothing",
        ),
        "has changed since it was verified": (
            "tests/claims/acting/test_of_steps.py::test_nor_one_that_trusts_the_last_check",
        ),
    },
    "operations/steps/taking/adopt_set.py": {
        "nothing copied from it": (
            "tests/claims/acting/test_of_steps.py"
            "::test_that_nothing_belongs_to_the_platforms_user_is_said_of_what_was_taken",
        ),
    },
    "operations/steps/taking/audit_gap.py": {
        "inside the set no account, attachment or series": (
            "tests/claims/test_made_false.py"
            "::test_the_gap_cost_nothing_only_where_all_of_the_set_was_looked_at",
        ),
    },
    "operations/steps/taking/check_store.py": {
        ", each whole": (
            "tests/operations/steps/test_databases_looked_at.py"
            "::test_each_is_whole_where_each_was_looked_at",
        ),
        "looked at and whole": (
            "tests/operations/steps/test_databases_looked_at.py"
            "::test_what_is_linked_is_not_looked_at_again",
        ),
    },
    "operations/steps/taking/dump_store.py": {
        "nothing: Redis rewrites its own file": (
            "tests/claims/test_of_words.py"
            "::test_a_dump_leaves_nothing_where_the_server_writes_its_own_file",
        ),
    },
    "operations/stores/influxdb.py": {
        "all there": (
            "tests/operations/stores/test_influxdb_words.py"
            "::test_all_of_a_backup_is_there_where_each_file_of_its_manifest_is",
        ),
        "nothing to restore": (
            "tests/operations/stores/test_influxdb_words.py"
            "::test_there_is_nothing_to_restore_where_the_set_holds_no_database",
        ),
    },
    "operations/stores/redis.py": {
        "Redis saves nothing on request": (
            "tests/operations/stores/test_redis_ways_out.py"
            "::test_a_server_that_saves_nothing_when_it_is_asked_to",
        ),
    },
    "operations/stores/redis_words.py": {
        "none of those known is the right one": (
            "tests/operations/stores/test_redis_words.py"
            "::test_a_password_that_could_not_be_tried_is_not_said_to_be_wrong",
            "tests/operations/stores/test_redis_ways_out.py"
            "::test_a_wrong_password_is_no_empty_register",
        ),
    },
}
