"""Which tests take turns (`tests/suite/turns.py`), and what varies from case to case.

Tests are named below `tests/`.
"""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """Cases that take turns."""

    turns: int
    """Each of them runs in one of so many."""
    why: str
    """What varies from case to case, and what is seen in all of them."""
    tests: tuple[str, ...]
    """Of all of them together one case at least runs in each turn."""


def each(turns: int, why: str, file: str, *tests: str) -> tuple[Family, ...]:
    """Tests of a file, each with cases enough to be in every turn."""
    return tuple(Family(turns, why, (f"{file}::{test}",)) for test in tests)


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
        5,
        "Steps at which a run is cancelled by key: what is asked, and what is said.",
        "tui/flows/test_cancel_steps.py",
        "test_a_backup",
        "test_a_restore",
    ),
    *each(
        3,
        "Sizes of the terminal: each screen is drawn in all themes as its snapshot has it.",
        "tui/test_snapshots.py",
        "test_every_screen_in_every_theme",
    ),
    *each(
        3,
        "Sizes of the terminal: every screen says that this is practice.",
        "tui/screens/test_interface_screens.py",
        "test_every_screen_says_practice",
    ),
    *each(
        5,
        "Screens: the same is asked of each.",
        "tui/screens/test_interface_screens.py",
        "test_resizing_down_and_back",
        "test_help_names_every_key_and_word",
    ),
    *each(
        8,
        "Wrong turns of a drill's story: what is told comes of them. The right way of each is "
        "played in each turn.",
        "drills/test_all_ways.py",
        "test_what_is_told_happens",
    ),
    *each(
        8,
        "Kinds of damage to a set: C and Python say the same of it, in pieces of any size.",
        "vault/parallel/test_any_damage.py",
        "test_c_and_python_say_the_same_of_it",
    ),
    *each(
        3,
        "Folders and files that this user may not read: C and Python name them.",
        "vault/parallel/test_any_damage.py",
        "test_c_and_python_name_what_this_user_may_not_read",
    ),
    *each(
        4,
        "Sizes of the pieces in which any tree is copied: it comes through.",
        "vault/copying/pieces/test_pieces.py",
        "test_any_tree_comes_through_twice_and_back",
        "test_any_tree_comes_through_beside_a_former_one_of_any_other_tree",
    ),
    *each(
        4,
        "Sizes of the pieces in which any tree is checked: any damage is found.",
        "vault/parallel/test_checks.py",
        "test_any_damage_to_any_tree_is_found_as_one_thread_finds_it",
    ),
    *each(
        4,
        "Places and sizes of what is hollow: a backup leaves it out.",
        "vault/copying/test_hollow.py",
        "test_a_backup_leaves_it_out_and_takes_all_else",
    ),
    *each(
        8,
        "Files and kinds of damage: it is one damaged thing, and all else goes on.",
        "damage/test_commands.py",
        "test_one_damaged_thing_is_one_damaged_thing",
    ),
    *each(
        4,
        "Files and places in which a bit flips: it is found, and not restored.",
        "vault/test_verify.py",
        "test_a_flipped_bit_is_found_and_not_restored",
    ),
    *each(
        4,
        "Files in which a bit flips: the check of a set finds it.",
        "operations/overview/test_verify_set.py",
        "test_a_flipped_bit_anywhere_is_found_and_refused",
    ),
    *each(
        2,
        "Ways to copy without the C library: each file holds what its own path held. With it, as "
        "platforms are copied, that is seen in each turn.",
        "vault/files/test_same_file.py",
        "test_each_file_holds_what_its_own_path_held",
    ),
    *each(
        3,
        "How much is read ahead: nothing is called damaged for want of descriptors.",
        "vault/native/test_ahead.py",
        "test_nothing_is_called_damaged_for_want_of_descriptors",
    ),
    *each(
        8,
        "Ways in which a copy, a check or a count ends, with the C library and without: nothing "
        "large of it is left.",
        "vault/parallel/test_let_go.py",
        "test_nothing_large_is_left_until_somebody_looks_for_garbage",
    ),
    *each(
        3,
        "How many files are hashed together, two at a time or not: each has its own hash.",
        "vault/native/test_hashes.py",
        "test_hashes_are_those_of_each_file_whatever_its_length",
    ),
    *each(
        4,
        "Modes, owners and groups that files have and that new ones get: they are kept, and "
        "nothing is open to others on its way.",
        "vault/native/test_compiled.py",
        "test_modes_and_owners_are_kept_whatever_new_files_get",
        "test_what_is_on_its_way_is_open_to_nobody_it_will_not_be_open_to",
    ),
    *each(
        4,
        "Pages of a log, what was written, and where it is hurt: of it counts what counts for "
        "SQLite.",
        "vault/native/test_logs.py",
        "test_of_a_log_that_is_not_whole_counts_what_counts_for_sqlite",
    ),
    *each(
        3,
        "Errors of a file server, and after how many files it asks for rights: nothing is called "
        "damaged.",
        "operations/sets/test_verify_rights.py",
        "test_nor_where_a_file_server_asks_for_rights_when_it_is_read",
    ),
    *each(
        4,
        "Signals to who looks at a run: it goes on.",
        "journeys/test_terminal.py",
        "test_a_viewer_that_is_signalled_leaves_the_run_alone",
    ),
    *each(
        2,
        "Kinds of run whose terminal is killed: it goes on.",
        "journeys/test_terminal.py",
        "test_a_killed_terminal_does_not_end_the_run",
    ),
    *each(
        6,
        "Locales: what is written in one is read in the next.",
        "cli/printing/test_streams.py",
        "test_a_locale_without_the_character",
    ),
    *each(
        4,
        "Ways in which a stream is closed or full: a run is followed to its end and decides.",
        "cli/printing/test_streams.py",
        "test_a_run_is_followed_to_its_end_and_decides",
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
        5,
        "Files that are damaged: the interface shows all the others.",
        "tui/test_damage.py",
        "test_the_interface_shows_the_rest",
    ),
    *each(
        5,
        "Habits of writers that never stop: the copy of their database is whole.",
        "vault/native/test_copied_logs.py",
        "test_writers_that_never_stop_tear_nothing",
    ),
    *each(
        5,
        "Ways to a list of sets for a drill: where there is none, it is not empty.",
        "journeys/drills/test_drill_no_set.py",
        "test_without_any_set_the_way_out_is_no_empty_list",
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
        3,
        "Acts that read ahead: folders that nobody came to were read.",
        "vault/native/test_ahead.py",
        "test_folders_that_nobody_came_to_were_read",
    ),
    *each(
        3,
        "Screens with a list that is read, well or not: they say so until it is.",
        "tui/widgets/test_reading.py",
        "test_a_list_that_is_being_read_says_so_until_it_is_read",
    ),
    *each(
        4,
        "Commands that only look, and how their streams are closed or full: their exit code.",
        "cli/printing/test_streams.py",
        "test_who_only_looks",
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
    *each(
        4,
        "Services of a sandbox that do not answer: the check of each turns red, and no other.",
        "journeys/drills/test_drill_services.py",
        "test_one_that_does_not_answer_turns_its_check_red_and_no_other",
    ),
    *each(
        3,
        "Sizes of the terminal: an option is read whole.",
        "tui/flows/test_drills.py",
        "test_an_option_is_read_whole_at_any_size",
    ),
    *each(
        4,
        "Texts of two million characters: reading them takes work in proportion to their length.",
        "operations/drilling/test_wiring.py",
        "test_reading_takes_work_in_proportion_to_what_is_read",
    ),
    *each(
        3,
        "Sizes of the pieces in which a set is checked: a folder that became a link is not "
        "followed.",
        "vault/parallel/test_any_damage.py",
        "test_a_folder_exchanged_for_a_link_meanwhile_is_not_followed",
    ),
    *each(
        2,
        "How many folders a disk has that is known by another number: they are linked to.",
        "vault/copying/test_devices.py",
        "test_a_disk_that_is_known_by_another_number_is_linked_to",
    ),
    *each(
        2,
        "Whether there is a former copy: no more results wait than there is room for.",
        "vault/copying/pieces/test_pieces_waiting.py",
        "test_no_more_results_wait_than_there_is_room_for",
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
        "Numbers: the turns themselves are tried with them.",
        "suite/test_a_case.py",
        "test_a_case",
    ),
)
