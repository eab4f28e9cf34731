"""Which test has done what a warning of a run says, or what is said of a disk, a set or Redis."""

WARNINGS = "tests/remedies/test_warnings.py::"
DISKS_BELOW = "tests/remedies/machines/test_disks_below.py::"
SETS = "tests/remedies/sets/test_sets.py::"
REDIS = "tests/remedies/stores/test_redis.py::"


def _by(*names: str, of: str = WARNINGS) -> tuple[str, ...]:
    return tuple(of + name for name in names)


WARNED: dict[str, tuple[str, ...]] = {
    # Warnings of a run.
    "See what writes to it: …; when that is done or stopped, take another": _by(
        "test_a_file_that_changes_while_it_is_copied"
    ),
    "Take another backup: pryv-tui backup": _by("test_a_folder_that_was_moved_while_it_was_copied"),
    "Verify it: pryv-tui verify …": _by("test_a_former_set_whose_lists_are_damaged"),
    "Unless accounts were deleted in the meantime, take another backup: pryv-tui backup": _by(
        "test_fewer_accounts_in_the_copy"
    ),
    "An older set may have it undamaged: pryv-tui list, then …": (
        "tests/journeys/names/test_sqlite.py"
        "::test_one_damaged_page_is_backed_up_as_it_is_and_named_by_its_source",
    ),
    "No file of Pryv.io needs that. See who owns the file: …": (
        "tests/operations/sets/test_strangers.py"
        "::test_a_restore_tells_of_what_comes_back_with_rights_of_its_own",
    ),
    "The data is back; read its log: …": _by("test_an_address_that_does_not_answer"),
    "The data is back; …": _by("test_an_address_whose_container_is_gone"),
    "Start it: …": (
        "tests/journeys/containers/test_stops_in_the_look.py"
        "::test_what_stops_while_the_platform_is_asked_is_named",
    ),
    "To see why: …": _by("test_what_does_not_stay_up_has_a_log"),
    "See what it is: …; this warning goes away once it is moved elsewhere": _by(
        "test_what_is_in_none_of_a_set_s_lists_is_looked_at_and_moved"
    ),
    "If it is still held when this run has ended: pryv-tui recover": _by(
        "test_what_is_still_held_is_let_go_by_recover"
    ),
    "If that matters, take another backup: pryv-tui backup --hold": _by(
        "test_a_gap_that_was_not_closed_is_by_another_backup"
    ),
    "Set them again there, and adopt it again: …": _by(
        "test_owners_that_were_lost_are_given_back_before_it_is_adopted_again"
    ),
    # Disks below a root.
    "See what it holds: …; if it is the right disk, take a backup": _by(
        "test_another_disk_than_before", of=DISKS_BELOW
    ),
    "To see both: findmnt. To remove the one on top: …": _by(
        "test_a_mount_that_lies_over_another", of=DISKS_BELOW
    ),
    "See why (dmesg), then: …": _by(
        "test_a_disk_that_is_mounted_for_reading_only",
        "test_what_lies_on_a_disk_for_reading_only_names_the_disk",
        of=DISKS_BELOW,
    ),
    "See what it is: findmnt; then mount it elsewhere: …": _by(
        "test_what_was_mounted_meanwhile_is_unmounted", of=DISKS_BELOW
    ),
    "See what uses it, and end that: …": _by(
        "test_what_holds_a_file_is_seen_and_ended", of=DISKS_BELOW
    ),
    "If nobody needs it: …": _by(
        "test_a_snapshot_among_what_is_released_is_deleted_by_its_own_program", of=DISKS_BELOW
    ),
    "Do it by hand as … in the set says": _by(
        "test_what_an_overlay_can_not_rename_is_moved_as_restore_md_says", of=DISKS_BELOW
    ),
    "Remove that protection for the time being: …": (
        "tests/faults/test_held_fast.py"
        "::test_what_is_held_by_a_flag_is_named_before_anything_stops",
    ),
    "Give one of them a name in redis.conf": _by(
        "test_a_server_that_saves_nothing_when_it_is_asked_to",
        of="tests/operations/stores/test_redis_ways_out.py::",
    ),
    "way_out(": _by(
        "test_what_is_said_frees_everything_that_is_held",
        "test_a_set_that_somebody_protects_is_not_half_removed",
        of="tests/faults/test_held_fast.py::",
    ),
    "Unmount it for the restore: …": _by(
        "test_something_mounted_on_a_file",
        "test_a_disk_where_the_set_has_no_folder",
        of=DISKS_BELOW,
    ),
    "Unmount one of them for the restore: …": _by("test_one_folder_mounted_twice", of=DISKS_BELOW),
    # Sets, and runs that failed.
    "Choose another: pryv-tui list": _by(
        "test_a_set_that_is_damaged_is_looked_at_and_another_chosen", of=SETS
    ),
    "…; or, if this set was repaired, check it again": (
        SETS + "test_a_set_that_was_mended_is_checked_again",
        SETS + "test_a_set_that_is_not_whole_is_not_chosen",
    ),
    "_mount(": _by("test_a_vault_that_is_another_is_brought_back", of=SETS),
    "… To use this as the vault from now on: …": (
        SETS + "test_a_vault_that_is_another_is_brought_back",
        "tests/faults/test_vault_disk.py::test_a_disk_that_is_not_mounted_and_the_ways_out",
    ),
    "Free each name on register, dry run first": (
        "tests/journeys/audits/test_live_audit.py"
        "::test_after_a_restore_the_list_is_exactly_the_casualties_and_then_empty",
    ),
    "Mount it: …": _by("test_a_vault_whose_disk_is_not_mounted_is_mounted", of=SETS),
    "Please report it; if it was a run, with worker.log from the run's folder": _by(
        "test_a_fault_of_the_program_is_reported_with_what_there_is", of=SETS
    ),
    # Redis.
    "Wait until that is done: a backup waits for it too.": _by(
        "test_a_server_that_still_loads_its_files_is_waited_for", of=REDIS
    ),
    "self._may_not(": _by("test_a_user_who_may_not_is_allowed_to", of=REDIS),
}
"""As `performed.PERFORMED`."""
