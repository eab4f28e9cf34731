"""Which test has done a remedy that names another place, or has one mended."""

PLACES = "tests/remedies/places/test_places.py"
STATES = "tests/remedies/places/test_state_places.py"
HOMELESS = "tests/cli/printing/test_odd_surroundings.py"

PLACED: dict[str, tuple[str, ...]] = {
    "Name a folder outside the root with --vault.": (f"{PLACES}::test_another_vault_is_named",),
    "Name a folder on a disk with --vault.": (f"{PLACES}::test_another_vault_is_named",),
    "Correct its owner or mode, or name another vault": (
        f"{PLACES}::test_a_vault_that_can_not_be_written_is_mended_or_another_is_named",
        f"{PLACES}::test_a_vault_of_another_owner",
    ),
    "Correct its owner, or name another with --state.": (
        f"{PLACES}::test_a_state_folder_of_another_owner",
    ),
    "Mount it writable, or name another vault": (
        f"{PLACES}::test_a_vault_whose_disk_fails_is_mended_or_another_is_named",
    ),
    "Free space on the disk that the message names; a backup can go": (
        f"{PLACES}::test_a_vault_whose_disk_fails_is_mended_or_another_is_named",
    ),
    "Bring it back and mount it again (umount, then mount)": (
        f"{PLACES}::test_a_vault_whose_disk_fails_is_mended_or_another_is_named",
    ),
    "Make it available again (mount shows what is at …)": (
        f"{PLACES}::test_a_vault_that_does_not_answer",
    ),
    "Name a folder with --vault.": (f"{PLACES}::test_a_vault_that_is_a_file",),
    "Name a repository elsewhere with --vault.": (f"{PLACES}::test_a_repository_in_the_root",),
    "Name a restic repository: --vault …": (f"{PLACES}::test_what_only_a_repository_has",),
    "Free space there, or name another vault with --vault.": (
        f"{PLACES}::test_room_for_a_set_is_freed_or_another_vault_named",
    ),
    "other_work(": (f"{PLACES}::test_room_for_what_is_fetched",),
    "Free space at …, or name another with --state.": (
        f"{STATES}::test_a_state_folder_without_room",
    ),
    "Correct the state folder's owner or free space there": (
        f"{STATES}::test_a_state_folder_that_can_not_be_written",
    ),
    "Name another with --state.": (
        f"{STATES}::test_a_state_folder_in_the_root",
        "tests/remedies/machines/test_standing.py::test_of_the_state",
    ),
    "Repair that file; or move it away: then the next backup": (
        f"{STATES}::test_what_is_known_of_vaults_can_not_be_read",
    ),
    "Name a folder for runs with --state or PRYV_TUI_STATE": (
        f"{HOMELESS}::test_a_user_without_a_home_names_where_runs_are_kept",
    ),
    "Everything else works without it. Once everything": (
        f"{STATES}::test_a_run_that_can_not_be_read_is_moved_away",
    ),
    "Mount the disk that … is on, or make the folder": (
        f"{STATES}::test_a_root_that_is_a_link_to_nothing",
    ),
    "Mount the disk that … is on; or name another root": (
        f"{STATES}::test_a_root_that_is_a_link_to_nothing",
    ),
    "Make one: pryv-tui practice create …": (
        f"{PLACES}::test_a_practice_platform_that_is_none_is_made",
    ),
    "Name a new folder, or use the one that is there": (
        f"{PLACES}::test_a_folder_for_a_practice_platform_that_is_taken",
    ),
    "Install it, then try again: …": (f"{PLACES}::test_a_program_that_is_not_there_is_installed",),
    "Look at it: ls -ld …": (f"{PLACES}::test_a_folder_that_a_program_can_not_be_run_in",),
}
