"""Which test has typed a command that stands elsewhere than in a remedy: in a run's last word,
beside an answer, in what a plan says."""

from tests.remedies.table.subjects.performed_drills import TYPED_OF_DRILLS
from tests.remedies.table.subjects.performed_incidents import TYPED_OF_INCIDENTS
from tests.remedies.table.subjects.performed_pins import TYPED_OF_PINS
from tests.remedies.table.subjects.performed_sandboxes import TYPED_OF_SANDBOXES

ENDS = "tests/remedies/runs/test_last_words.py::"
ALONE = "tests/remedies/runs/test_removed_alone.py::"
RUNS = "tests/remedies/runs/test_runs.py::"
FOLDERS = "tests/remedies/places/test_folders.py::"
LOST = "tests/cli/test_lost_role.py::"
AUDITED = "tests/journeys/audits/test_restore_audit.py::"
STREAMS = "tests/cli/printing/test_streams.py::"
_GLANCE = ("tests/remedies/test_incidents.py::test_what_a_refusal_says_of_an_incident_can_be_done",)


def _by(*names: str, of: str = ENDS) -> tuple[str, ...]:
    return tuple(of + name for name in names)


TYPED_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "to follow it: pryv-tui attach": (
        "tests/incidents/test_two_at_once.py"
        "::test_closed_pinned_and_pruned_by_another_while_a_restore_goes_on",
    ),
    "Otherwise ask Pryv's support, and show them: pryv-tui report": (
        "tests/journeys/restores/test_failed_again.py"
        "::test_where_both_ways_fail_a_third_one_leads_out",
    ),
    "To see what each way does and costs, and what else is possible: pryv-tui recover": (
        "tests/journeys/restores/test_failed_again.py"
        "::test_where_both_ways_fail_a_third_one_leads_out",
    ),
    **TYPED_OF_INCIDENTS,
    **TYPED_OF_PINS,
    **TYPED_OF_DRILLS,
    **TYPED_OF_SANDBOXES,
    # While somebody dumps into the folder of a dead run.
    "Wait until it ends. If nobody needs it, restart its container": (
        f"{FOLDERS}test_a_dump_by_hand_like_a_dead_runs_goes_on_and_recover_waits_for_it",
    ),
    "does not exist any more; to see what is missing": (
        "tests/remedies/test_warnings.py::test_an_address_whose_container_is_gone",
    ),
    "pryv-tui doctor (… …: it has no log)": (
        "tests/remedies/test_warnings.py::test_what_does_not_stay_up_and_is_gone_is_told_by_doctor",
    ),
    # Before a restore.
    "Their log-in fails and the name stays taken, until it is freed": (
        "tests/journeys/restores/test_comparing.py::test_what_was_said_before_is_what_the_audit_finds_after",
    ),
    # The last word of a run.
    "Check it again at any time: pryv-tui verify …": _by("test_a_backup_is_checked_again"),
    "pryv-tui undo …": (
        *_by("test_a_restore_is_undone_and_what_it_put_there_removed"),
        *_by("test_a_restore_that_failed_is_put_back"),
        *_by("test_who_takes_core_away_again_by_hand_is_asked", of=LOST),
    ),
    "Right after that: pryv-tui containers stop pryvio_register": (
        "tests/remedies/machines/test_machines.py::test_register_is_stopped_so_that_no_name_is_taken",
    ),
    "pryv-tui recover --……": (
        *_by("test_what_was_half_done_of_a_lost_role_needs_the_word", of=LOST),
        "tests/remedies/runs/test_failed_runs.py"
        "::test_a_restore_that_stopped_half_way_is_settled_in_each_way_that_is_told",
    ),
    "was done, but its process died before it reported what that cost: pryv-tui audit": _by(
        "test_one_that_dies_in_the_look_is_done_and_says_what_nobody_asked", of=AUDITED
    ),
    "Not known after this …: what lacks its other half. Check it: pryv-tui audit": _by(
        "test_what_goes_wrong_in_the_look_fails_no_restore", of=AUDITED
    ),
    "Check again what is not known, once its cause is fixed: pryv-tui audit": _by(
        "test_what_goes_wrong_in_the_look_fails_no_restore", of=AUDITED
    ),
    "To see which records lack their other half: pryv-tui audit": _by(
        "test_one_that_dies_in_the_look_is_done_and_says_what_nobody_asked", of=AUDITED
    ),
    "Settle what the gap cost, dry run first": _by("test_what_the_gap_cost_is_settled"),
    "To see how to bring back what is down: pryv-tui status": _GLANCE,
    "Restore the set again instead. To see the sets: pryv-tui list": (
        "tests/journeys/restores/test_undone_half.py::test_it_does_not_come_back_by_halves",
    ),
    "Write down what is decided, and why: pryv-tui incident note": _GLANCE,
    "For a report to paste or to file: pryv-tui report": _GLANCE,
    "The content that the undo … moved aside is in …; the undo's result says what of it": (
        "tests/journeys/restores/test_undo_sets_aside.py"
        "::test_what_was_written_after_a_restore_is_followed_until_it_is_gone",
    ),
    "To see all that it printed: pryv-tui attach …": _by(
        "test_a_fault_of_the_program_shows_all_that_was_printed"
    ),
    "See what was printed: pryv-tui attach …": (
        "tests/remedies/runs/test_failed_runs.py"
        "::test_what_a_failed_backup_printed_is_shown_and_it_is_taken_again",
    ),
    "pryv-tui adopt <folder>": (
        "tests/remedies/sets/test_adopted.py"
        "::test_a_set_is_copied_into_the_vault_and_half_of_one_is_made_anew",
    ),
    "Bring … back: choose a set that holds it": _by(
        "test_who_takes_core_away_again_by_hand_is_asked", of=LOST
    ),
    "start again from the beginning: restore a set": (
        "tests/runs/test_recovery.py"
        "::test_what_can_neither_be_finished_nor_rolled_back_begins_with_the_list_of_sets",
    ),
    "restore a set: pryv-tui list": (
        "tests/runs/test_recovery.py::test_on_a_root_that_is_not_to_be_seen_nothing_is_started",
    ),
    "What it left is not checked while the … … is running: pryv-tui attach …": (
        "tests/runs/test_recovery.py::test_what_a_dead_run_left_is_told_by_its_result",
    ),
    "Settle that first: pryv-tui recover": _by(
        "test_what_stays_stopped_on_a_half_restored_root_runs_after_recover"
    ),
    # What it says may be removed.
    "To remove for good what was moved aside, when nobody needs it any more: ": _by(
        "test_what_lies_aside_of_a_restore_is_removed",
        "test_a_restore_is_undone_and_what_it_put_there_removed",
    ),
    "What was copied so far is of no use. Remove it: rm -r …": _by(
        "test_half_of_an_adopted_set_is_removed_and_nothing_beside_it", of=ALONE
    ),
    "…: rm -r …": _by("test_a_backup_that_was_cancelled_is_begun_again"),
    "holds some of the files, but not all. When nobody needs it: rm -r …": _by(
        "test_what_a_broken_off_run_brought_is_removed_and_nothing_beside_it", of=ALONE
    ),
    "to free its room: rm -r …": _by(
        "test_what_is_of_no_use_is_removed_and_nothing_beside_it", of=ALONE
    ),
    "remove the copy, rm -r …": _by(
        "test_a_damaged_working_copy_goes_and_nothing_beside_it", of=ALONE
    ),
    # What became of the gap.
    "After a restore, to see which of these are left: pryv-tui audit …": _by(
        "test_an_audit_names_more_and_what_is_left"
    ),
    "more: pryv-tui audit … --all": _by("test_an_audit_names_more_and_what_is_left"),
    "Commands that clear away what a set keeps": _by("test_what_a_set_keeps_can_be_cleared_away"),
    "Records that the gap cost were not counted: pryv-tui audit …": _by(
        "test_what_was_not_counted_is_counted"
    ),
    "casualties not counted: pryv-tui audit …": _by("test_what_was_not_counted_is_counted"),
    "; to see their names: pryv-tui audit …": _by("test_what_a_backup_counted_is_named"),
    "to see more names: pryv-tui verify …": _by("test_more_that_no_list_names"),
    # Containers.
    "To bring its data back, restore a set. To see the sets: pryv-tui list": (
        "tests/remedies/runs/test_failed_runs.py::test_an_empty_mongodb_is_filled_from_a_set",
    ),
    "else restart its container, which ends it": _by(
        "test_a_dump_by_hand_that_nobody_follows_is_ended",
        "test_recover_ends_the_dump_of_a_dead_run",
        of=FOLDERS,
    ),
    "If a check of the live platform that was killed has left it, this ends it at once": _by(
        "test_the_look_of_who_was_killed_is_ended_and_a_living_one_goes_on",
        of=FOLDERS,
    ),
    "If you know that nobody needs it, restart its container": _by(
        "test_what_reads_the_database_keeps_no_backup_waiting_and_goes_on",
        of=FOLDERS,
    ),
    "resumes it at its end; if that run died: pryv-tui recover": (
        "tests/remedies/test_warnings.py::test_what_is_still_held_is_let_go_by_recover",
        "tests/journeys/backups/test_gap.py::test_what_somebody_else_paused_is_not_let_go",
    ),
    "docker exec ……": (
        "tests/operations/stores/test_redis_ways_out.py::test_what_could_not_be_saved_is_saved_by_hand",
    ),
    "docker exec … …": (
        "tests/real/journeys/test_loss.py::test_what_a_loss_costs_is_said_counted_and_found_to_the_record",
    ),
    "docker rm -f …": (
        "tests/real/journeys/test_loss.py::test_what_a_loss_costs_is_said_counted_and_found_to_the_record",
    ),
    "Save it by hand before anything stops it": (
        "tests/operations/stores/test_redis_ways_out.py::test_what_could_not_be_saved_is_saved_by_hand",
    ),
    "chown --reference=… …": _by("test_what_redis_held_is_copied_by_hand", of=RUNS),
    "Then make it write again: pryv-tui backup": (
        "tests/remedies/runs/test_failed_runs.py::test_a_file_that_redis_could_not_write_is_written_anew",
    ),
    "before you restore the newest set (to see it: pryv-tui list) or restart it": _by(
        "test_a_database_whose_folder_was_moved_away_gets_it_back", of=FOLDERS
    ),
    # Sets, runs and what was accepted.
    "finish it or roll it back: pryv-tui recover": (
        "tests/remedies/runs/test_going_on.py::test_what_a_dead_run_left_is_recovered",
    ),
    "changed no file of the set. Check it again: pryv-tui verify …": (
        "tests/journeys/backups/test_verify_run.py"
        "::test_one_that_died_left_nothing_to_be_put_back_and_is_begun_again",
    ),
    "; to see the sets: pryv-tui list": _by("test_what_an_undo_put_aside_comes_back_by_a_restore"),
    ": pryv-tui restore…": _by("test_what_an_undo_put_aside_comes_back_by_a_restore"),
    "fetch it: pryv-tui fetch …": (
        "tests/remedies/sets/test_repository.py"
        "::test_a_damaged_working_copy_is_put_aside_and_fetched_again",
    ),
    "pryv-tui restore ……": _by("test_a_restore_that_was_cancelled_is_begun_again"),
    "pryv-tui restore … --confirm ……": _by(
        "test_on_a_cluster_core_comes_back_and_register_stays", of=LOST
    ),
    "pryv-tui accept ……": (
        "tests/remedies/test_overview.py::test_a_warning_that_was_accepted_is_one_again",
    ),
    "pryv-tui accept …": (
        "tests/remedies/sets/test_sets.py::test_a_vault_that_is_another_is_brought_back",
    ),
    "To make it a warning again: pryv-tui accept --withdraw": (
        "tests/remedies/test_overview.py::test_a_warning_that_was_accepted_is_one_again",
    ),
    "the run continues. To follow it again: pryv-tui attach …": (
        "tests/remedies/runs/test_going_on.py::test_whoever_is_told_of_a_run_follows_or_ends_it",
    ),
    "$ pryv-tui attach …": _by("test_where_the_journal_has_what_was_not_printed", of=STREAMS),
    "$ pryv-tui containers … … --host …": (
        "tests/remedies/runs/test_going_on.py::test_what_the_data_needs_has_a_log",
        "tests/remedies/test_overview.py::test_a_role_that_is_down_as_a_whole_has_a_log",
    ),
    "pryv-tui … …": (
        "tests/cli/test_unnamed.py::test_a_command_without_its_run_names_what_could_be_meant",
        "tests/cli/test_unnamed.py::test_a_command_without_its_set_names_the_last_one",
    ),
    "It lasts until you clear it: pryv-tui practice fault …": _by(
        "test_a_practice_fault_is_taken_back"
    ),
    # Folders of others.
    "chown -Rh root: …": (
        "tests/cli/test_open_state.py::test_what_was_put_there_while_it_was_open",
    ),
    "chmod -R go-w …": ("tests/cli/test_open_state.py::test_what_was_put_there_while_it_was_open",),
    "chown root …": (
        "tests/remedies/test_choices.py::test_a_configuration_of_others_is_made_ones_own",
    ),
    "chmod go-w …": (
        "tests/remedies/places/test_odd_folders.py::test_a_state_folder_of_others_is_closed_or_another_is_named",
    ),
}

TYPED_ELSEWHERE |= {
    "To practise a restore, make another platform": (
        "tests/practice/test_commands_say.py::test_what_a_loss_advises_is_done",
    ),
    "Follow the … that is running: pryv-tui attach": (
        "tests/practice/test_commands_say.py::test_a_loss_while_a_run_goes_on",
    ),
}

NO_ADVICE: dict[str, str] = {
    "find … -mindepth 1 -maxdepth 1… -exec rm -r {} +": "a step's own command, shown as it is done",
    "chown -R --reference=… …/data …/meta": (
        "a step's own command, run in a shell by tests/formats/test_influx_offline.py"
    ),
    "pryv-tui … ": "the pattern by which commands are completed",
    "pryv-tui undo ": "taken off a command that stands beside others of its kind",
    "Which folder? One that holds what was copied by hand": "a page, which its keys do",
}
"""Texts that have such words in them and tell nobody to type them."""
