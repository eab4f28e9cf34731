"""Platforms, runs and stores: what is cancelled, killed, damaged or fails, and loses nothing."""

from __future__ import annotations

from tests.suite.families.family import Family, each

FAMILIES: tuple[Family, ...] = (
    *each(
        8,
        "Faults: of each, nothing is lost and what is said is the document's row. Those that alone "
        "hold words to what they say are in each turn.",
        "faults/test_matrix.py",
        "test_a_fault",
    ),
    *each(
        3,
        "Moments at which the worker is killed, or stops: nothing is lost.",
        "kill/test_kill.py",
        "test_a_kill_on_a_cluster_loses_nothing",
        "test_a_kill_while_containers_are_stopped_and_started_at_once_loses_nothing",
        "test_a_kill_while_sets_go_or_files_come_harms_no_other_set",
        "test_a_fault_in_the_library_ends_a_run_as_a_kill_does",
        "test_a_roll_back_starts_machines_on_which_nothing_was_moved_yet",
    ),
    *each(
        6,
        "Moments at which the worker is killed, of which there are more: nothing is lost.",
        "kill/test_kill.py",
        "test_a_kill_loses_nothing",
        "test_a_kill_between_two_roots_that_are_done_loses_nothing",
    ),
    *each(
        2,
        "Steps at which the worker is killed: nothing is lost over nested disks.",
        "kill/test_nested_disks.py",
        "test_a_kill_as_a_step_begins_loses_nothing",
        "test_a_kill_in_an_undo_loses_nothing",
    ),
    *each(
        3,
        "Moments at which a restore that goes on is killed: it goes on again.",
        "journeys/restores/test_resume.py",
        "test_killed_while_it_goes_on_it_goes_on_again",
    ),
    *each(
        3,
        "Errors of a rename: everything stays in its place.",
        "faults/test_held_fast.py",
        "test_a_rename_that_fails_all_the_same_leaves_everything_in_its_place",
    ),
    *each(
        3,
        "Steps at which a run is cancelled: what was stopped runs, and what was there is there.",
        "journeys/test_cancel_steps.py",
        "test_a_backup",
        "test_an_undo",
    ),
    *each(
        8,
        "Files and kinds of damage: it is one damaged thing, and all else goes on.",
        "damage/test_commands.py",
        "test_one_damaged_thing_is_one_damaged_thing",
    ),
    *each(
        3,
        "Folders that a container of others sees: it is stopped with the rest and started again.",
        "journeys/containers/test_other_containers.py",
        "test_a_foreign_container_is_stopped_with_the_rest_and_started_again",
    ),
    *each(
        6,
        "Forms of Redis: what it holds is saved, restored and put back. The template's is tried in "
        "each turn.",
        "operations/stores/test_redis_forms.py",
        "test_saved_lost_restored_and_put_back",
    ),
    *each(
        4,
        "Snapshots that say nothing readable: they stand in no other's way.",
        "restic/test_shared.py",
        "test_a_snapshot_that_says_nothing_readable_stands_in_no_other_s_way",
    ),
    *each(
        2,
        "Whether a run that moved nothing was cancelled or failed: its machines are not started.",
        "kill/test_chains.py",
        "test_one_that_stops_before_it_moved_anything_starts_nothing",
    ),
    *each(
        4,
        "How a journal is spoilt, and what is chosen then: the run is brought to an end.",
        "journeys/test_lost_state.py",
        "test_it_is_brought_to_its_end_or_rolled_back",
    ),
    *each(
        2,
        "Services that do not come up, or did not before: a restore fails for a database alone.",
        "journeys/containers/test_other_containers.py",
        "test_what_the_data_needs_has_to_come_up",
        "test_a_service_that_was_broken_before_does_not_fail_a_restore",
    ),
    *each(
        3,
        "Moments at which a restore of many databases is killed, and what is chosen then: they "
        "come back.",
        "journeys/names/test_many_databases.py",
        "test_killed_while_the_files_are_put_in_place",
    ),
    *each(
        4,
        "What a backup holds, and how it ends early: it is let go.",
        "journeys/backups/test_gap.py",
        "test_what_is_held_is_let_go_when_the_run_ends_early",
    ),
    *each(
        4,
        "Forms of a platform, and what a backup holds: nothing is lost.",
        "journeys/audits/test_audit.py",
        "test_what_is_held_loses_nothing",
    ),
    Family(
        6,
        "What differs on a real platform: forms of Redis, whether there are series, releases and "
        "disks. All comes back, as it does in each turn where all is as "
        "the newest templates have it, in both forms; advice is tried elsewhere in each turn.",
        (
            "real/journeys/test_redis.py::test_backup_loss_restore_undo_in_each_form",
            "real/journeys/test_all_at_once.py::test_backup_loss_restore_undo",
            "real/journeys/test_all_at_once.py::test_loss_of_everything_and_restore",
            "real/journeys/test_releases.py::test_backup_loss_restore",
            "real/journeys/test_journey.py::test_a_platform_without_any_high_frequency_data_restores",
        ),
    ),
    *each(
        3,
        "Stores of a real platform that are emptied while they run: it is told, and they come "
        "back. What is told of it on the practice platform is seen of each in each turn.",
        "real/journeys/test_emptied.py",
        "test_what_was_emptied_while_it_runs_is_told_and_comes_back",
    ),
    *each(
        3,
        "Forms of Redis: RESTORE.md, followed in a shell, brings back what the set holds.",
        "remedies/stores/test_redis_by_hand.py",
        "test_restore_md_in_a_shell",
    ),
    *each(
        2,
        "Roles that are gone, how, and the form of the platform: once that is accepted it is told "
        "so everywhere.",
        "operations/lost/test_accepted_everywhere.py",
        "test_what_was_accepted_as_gone_is_told_as_that_everywhere",
    ),
)
