"""Which test has done a remedy about a machine, its disks, its containers, its room or a set."""

MACHINES = "tests/remedies/machines/test_machines.py"
NESTED = "tests/faults/test_nested_disks.py"
SINGLE = f"{MACHINES}::test_single_files_and_a_lost_platform"
FAULTS = f"{MACHINES}::test_faults_of_a_practice_platform_are_ended"
GROWS = f"{MACHINES}::test_what_has_to_run_for_life_to_go_on"
GONE = f"{MACHINES}::test_a_disk_that_goes_away_while_a_restore_goes_on"

MENDED: dict[str, tuple[str, ...]] = {
    "Mount it again: …; then finish: pryv-tui recover": (GONE,),
    "Mount it, then try again: …": (GONE,),
    "Mount it: …. … If that disk is gone for good": (
        f"{MACHINES}::test_a_disk_that_is_not_mounted_is_mounted",
        f"{NESTED}::test_somebody_who_says_that_there_is_none_any_more_is_believed",
    ),
    "Mount it first: …": (
        f"{NESTED}::test_what_lies_aside_on_a_disk_that_is_away_is_neither_put_back_nor_released",
    ),
    "take its line out of /etc/fstab, or add": (f"{MACHINES}::test_a_disk_of_fstab",),
    "Mount it elsewhere: umount …": (
        f"{MACHINES}::test_something_that_is_mounted_in_a_dump_folder",
    ),
    "mounted_instead(": (f"{MACHINES}::test_a_dump_folder_that_is_a_link",),
    "Free space on that disk: the databases stop": (f"{MACHINES}::test_room_is_freed",),
    "Free space there: content moved aside stays": (f"{MACHINES}::test_room_is_freed",),
    "Remove small files there that nobody needs": (
        f"{MACHINES}::test_a_dump_that_was_ended_for_its_files",
    ),
    "Free space there, or enlarge that disk": (f"{MACHINES}::test_a_dump_that_was_ended_in_time",),
    "Set it again first: …": (f"{MACHINES}::test_a_restart_policy_is_given_back",),
    "Look at the container and the engine's log, then try": (FAULTS,),
    ", then start the container again: pryv-tui containers start": (FAULTS,),
    "Start it on its machine: …": (FAULTS,),
    "Grow users first.": (GROWS,),
    "Give at least one: --users, --attachments, --points.": (
        "tests/practice/test_acts.py::test_life_of_nothing_is_refused_and_not_written_down",
    ),
    "A backup with --hold resumes it by itself: wait": (GROWS,),
    "Start it, then try again: …": (GROWS,),
    "Name a folder in … there.": (f"{MACHINES}::test_a_mount_outside_a_practice_platform",),
    "Back up every role together, to keep": (f"{MACHINES}::test_a_backup_of_one_role_alone",),
    "Omit them, or --files.": (SINGLE,),
    "Name a folder on another disk with --to.": (SINGLE,),
    "Choose a complete set: pryv-tui list": (SINGLE,),
    "to bring one back, name the vault with its sets": (SINGLE,),
}
