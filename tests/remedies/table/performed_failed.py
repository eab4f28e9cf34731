"""Remedies of steps that failed and of what they need, and the tests that did them."""

_FAILED = "tests/remedies/runs/test_failed_runs.py::"


_OFFSITE = "tests/remedies/sets/test_offsite.py::"
_ODD = "tests/remedies/places/test_odd_folders.py::"
_PROGRAMS = "tests/remedies/machines/test_programs.py::"
_TEXT = "test_bytes_that_are_no_text_are_reached_by_a_link_or_get_another_name"
_ROOM = "test_room_is_freed_or_another_folder_named"
_SENT = "test_a_set_that_did_not_arrive_is_sent_again"
_LOOKED = "test_what_others_did_with_a_repository_is_looked_at"


def _by(*names: str, of: str = _FAILED) -> tuple[str, ...]:
    return tuple(of + name for name in names)


_OVERVIEW = "tests/remedies/test_overview.py::"
_MISSING = "test_an_attachment_that_is_missing_comes_from_another_set"
_STATE = "test_a_state_folder_of_others_is_closed_or_another_is_named"
_LOST = "test_databases_of_a_lost_role_are_not_started_on_nothing"
_MENDED = _by("test_a_configuration_file_is_mended", of=_OVERVIEW)

FAILED: dict[str, tuple[str, ...]] = {
    "Name a vault outside of it with --vault.": _by(
        "test_a_copy_that_would_hold_itself_goes_elsewhere"
    ),
    "advice_words(advice)": _by(
        "test_a_restore_that_stopped_half_way_is_settled_in_each_way_that_is_told"
    ),
    "could_not_write(": _by("test_a_file_that_redis_could_not_write_is_written_anew"),
    "Its log says how far it got: …": _by("test_a_rewriting_that_does_not_end_is_waited_for"),
    "Its log says why: …; if it only needs longer: export": _by(
        "test_a_server_that_does_not_answer_yet_has_a_log_and_more_patience"
    ),
    "It should have loaded the file from the set": _by(
        "test_a_redis_that_loaded_something_else_has_a_log"
    ),
    "If it had accounts, restore a set that has them: pryv-tui list": _by(
        "test_an_empty_mongodb_is_filled_from_a_set"
    ),
    "To see what is missing": _by("test_a_container_that_is_gone_comes_back_as_doctor_says"),
    "Give the container the image of its release": _by(
        "test_a_container_gets_the_image_of_its_release"
    ),
    "End it by hand: kill -9 …": _by("test_a_process_that_could_not_be_ended_is_ended_by_hand"),
    "Free space there, or on this machine, or set a variable": _by(_ROOM, of=_OFFSITE),
    "See if it can be reached: … snapshots": _by(
        "test_a_repository_that_can_not_be_reached_is_looked_for", of=_OFFSITE
    ),
    "See which files: pryv-tui verify …": _by(_SENT, of=_OFFSITE),
    "See what there is: …; then send it again": _by(_SENT, of=_OFFSITE),
    "Another restic is using it, or was killed. If no restic is using it: …": _by(
        "test_a_lock_that_nobody_needs_is_taken_away", of=_OFFSITE
    ),
    "Both sets stay. Take a new backup": _by(_SENT, of=_OFFSITE),
    "Look at what is there: pryv-tui list; then prune again.": _by(_LOOKED, of=_OFFSITE),
    "To see the snapshots of that name: …": _by(_LOOKED, of=_OFFSITE),
    "Choose a set that is in the repository: pryv-tui list": _by(_LOOKED, of=_OFFSITE),
    "Install one there (such as: apt-get install": _by(
        "test_the_program_that_brings_services_up_is_installed", of=_PROGRAMS
    ),
    "Install it: …; or, without it, forward": _by(
        "test_an_engine_by_ssh_is_reached_with_the_library_or_by_its_socket", of=_PROGRAMS
    ),
    "Stop what runs in it, give the folder a name of plain letters": _by(
        "test_a_root_gets_a_name_of_letters", of=_ODD
    ),
    "Rename the folder in that command, with plain letters": _by(
        "test_a_plan_is_written_down_once_its_folders_have_names_that_can_be", of=_ODD
    ),
    "Give the folder a name that is text": _by(_TEXT, of=_ODD),
    "Name it by a path that is text": _by(_TEXT, of=_ODD),
    "Stop what runs in it, give the folder a name": _by(
        "test_a_root_of_such_bytes_gets_another_name", of=_ODD
    ),
    "Name a folder with --to.": _by(
        "test_files_are_brought_to_a_folder_where_there_is_no_root", of=_ODD
    ),
    "It is not a complete set: nothing says what it should hold.": _by(
        "test_what_a_broken_off_backup_left_is_no_set", of=_ODD
    ),
    "When nobody needs it: …": _by("test_what_a_broken_off_backup_left_is_no_set", of=_ODD),
    "To see both: …. The second is left over from a removal": _by(
        "test_the_rest_of_a_removal_beside_its_set", of=_ODD
    ),
    "See what it is: …; then remove it alone": _by(
        "test_what_is_no_folder_is_taken_away_and_what_it_leads_to_stays", of=_ODD
    ),
    "See who owns the sets: …": _by(
        "test_a_vault_that_others_can_write_to_is_looked_at_and_closed", of=_ODD
    ),
    "Read it as root (sudo), or correct its owner or mode": _by(
        "test_a_file_that_can_not_be_read_is_once_its_mode_is_mended_or_by_root", of=_ODD
    ),
    "The kernel may say why: dmesg; then try again.": _by(
        "test_a_file_that_its_disk_does_not_give_is_no_matter_of_rights", of=_ODD
    ),
    "_made_private(": _by("test_locks_where_others_can_write_are_made_private", of=_ODD),
    "To see the contexts: docker context ls": _by(
        "test_a_docker_context_is_chosen_or_the_engine_named", of=_OVERVIEW
    ),
    "Read a log: …": _by("test_a_role_that_is_down_as_a_whole_has_a_log", of=_OVERVIEW),
    "To make it a warning again: …": _by(
        "test_a_warning_that_was_accepted_is_one_again", of=_OVERVIEW
    ),
    "Put it back: …; or remove it for good": _by(
        "test_what_was_moved_aside_is_put_back_or_let_go", of=_OVERVIEW
    ),
    "Look for these files in an older set": _by(_MISSING, of=_OVERVIEW),
    "Look for the file in another set: pryv-tui restore": _by(_MISSING, of=_OVERVIEW),
    "Bring it back: …": (
        "tests/cli/test_usage.py::test_hints_mean_the_platform_that_was_asked_for",
    ),
    "Move it above the first [[host]].": _MENDED,
    "A host's keys: ….": _MENDED,
    "Give it one.": _MENDED,
    "These are: ….": _MENDED,
    'Write it like "24h"': _MENDED,
    "Create the containers that do not exist, if their files are there: ./run-pryv": (
        "tests/remedies/runs/test_failed_runs.py"
        "::test_a_core_that_was_removed_is_said_to_be_down_and_comes_up_as_it_is_said",
    ),
    "Give it a value, or omit the line.": _MENDED,
    "Write it below the [[host]] that it belongs to.": _MENDED,
    "The keys are: ….": _MENDED,
    "Restore a set that holds …: pryv-tui list. Don't start its containers": _by(_LOST, of=_ODD),
    "it would start with no data. Restore a set that holds …: pryv-tui list": (
        "tests/cli/test_lost_role.py"
        "::test_static_web_goes_away_again_only_by_the_word_and_is_told_as_gone",
    ),
    "Restore a set that holds …, then try again: …": (
        "tests/practice/test_acts.py::test_life_goes_on_where_it_can",
    ),
    "Bring … back: …": _by(
        _LOST,
        "test_a_database_of_a_lost_role_is_not_started_beside_one_of_another",
        of=_ODD,
    ),
    "The files of … are missing. Restore a set that holds": _by(
        "test_a_database_of_a_lost_role_is_not_started_beside_one_of_another", of=_ODD
    ),
    "…. If … moved away on purpose, nothing has to be done": _by(_LOST, of=_ODD),
    "If that is intended, nothing has to be done; else bring": _by(_LOST, of=_ODD),
    "To bring … back, restore that set: …": _by(_LOST, of=_ODD),
    "Name a state folder that only you, or root, can write to": _by(_STATE, of=_ODD),
    "Check that all that is in it is yours": _by(_STATE, of=_ODD),
    "Once you know that the platform works well, remove it for good": _by(_LOST, of=_ODD),
}
"""As `performed.PERFORMED`."""
