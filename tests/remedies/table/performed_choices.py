"""Which test has done a remedy that says what to name, to leave away, to declare or to install."""

RENAMED = "tests/journeys/names/test_renamed_platform.py"
CHOICES = "tests/remedies/test_choices.py"
RESTIC = "tests/restic/test_runs.py"
WRONG = "tests/restic/test_wrong_repositories.py"
SHARED = "tests/restic/test_shared.py"
NOW = "tests/runs/test_now.py"

NAMED: dict[str, tuple[str, ...]] = {
    "See what is wrong with it: pryv-tui verify …": (
        "tests/journeys/restores/test_verify_while_copying.py::test_a_set_that_is_read_once",
    ),
    "Without --verify-while-copying it is verified": (
        "tests/journeys/restores/test_verify_while_copying.py::test_a_set_that_is_read_once",
    ),
    "A restore onto a machine without containers needs one of them": (
        f"{CHOICES}::test_a_machine_on_which_nothing_could_be_brought_up",
    ),
    "Fetch them: pryv-tui fetch …": (
        f"{RESTIC}::test_what_needs_the_files_says_how_to_fetch_them",
    ),
    "Check what … say.": (f"{WRONG}::test_commands_tell_what_is_wrong_and_how_it_is_mended",),
    "Make one: … init; and keep": (
        f"{WRONG}::test_commands_tell_what_is_wrong_and_how_it_is_mended",
    ),
    "Bring it back: mount its disk, or": (
        f"{WRONG}::test_a_repository_whose_disk_is_not_mounted_is_not_made_anew",
    ),
    "Fetch the one that you mean by hand": (
        f"{SHARED}::test_two_sets_of_one_name_in_the_repository_are_both_seen_and_both_stay",
    ),
    "Leave it alone while the …": (
        f"{NOW}::test_a_dump_that_is_not_known_to_be_the_runs_is_left_alone_too",
    ),
    "Start the services of that machine (run-pryv), or name": (
        f"{CHOICES}::test_a_machine_without_its_services",
    ),
    "Bring up the set's release first": (f"{CHOICES}::test_a_set_of_another_release",),
    "Choose a role that the set holds.": (f"{CHOICES}::test_a_role_that_the_set_does_not_hold",),
    "End it, if it is still running: pryv-tui recover": (
        "tests/claims/acting/test_of_recover.py"
        "::test_what_is_said_of_a_killed_look_is_done_and_said_no_more",
    ),
    "Bring the role back: the lines about missing roles say how.": (
        "tests/operations/comparing/test_one_way_out.py"
        "::test_what_a_person_may_say_is_printed_once",
    ),
    "If this is the platform of that set, installed again after a loss, say so": (
        "tests/operations/audit/test_whose.py"
        "::test_a_platform_installed_anew_is_restored_once_somebody_says_so",
    ),
    "… Or take a backup of this platform under its present name: pryv-tui backup": (
        f"{RENAMED}::test_an_own_set_is_refused_with_what_is_possible",
    ),
    "…. If it is: …": (f"{RENAMED}::test_one_that_may_be_its_own_is_refused_with_both",),
    "Choose a set of this platform. If the set is of a platform that was here before": (
        f"{CHOICES}::test_a_set_of_another_domain",
        "tests/operations/audit/test_whose.py"
        "::test_what_was_here_before_comes_back_once_the_roots_are_out_of_the_way",
    ),
    "Choose a set of this platform: pryv-tui list": (
        f"{CHOICES}::test_an_audit_against_a_set_of_another_domain",
    ),
    "Declare it in the configuration file again.": (
        f"{CHOICES}::test_a_host_that_is_declared_no_more",
    ),
    "Declare its host in the configuration file, or": (f"{CHOICES}::test_what_can_not_be_held",),
    "Omit --role, or --hold.": (f"{CHOICES}::test_what_can_not_be_held",),
    "Omit --hold, or include core.": (f"{CHOICES}::test_what_can_not_be_held",),
    "Give a longer --hold-deadline.": (f"{CHOICES}::test_what_can_not_be_held",),
    "Declare the host in the configuration file, or restore one role": (
        f"{CHOICES}::test_a_part_of_a_set_that_has_no_place",
    ),
    "Omit --role, or name all of them": (f"{CHOICES}::test_a_part_of_the_roles_of_one_root",),
    "Give each host a separate root": (f"{CHOICES}::test_two_machines_of_one_root",),
    "Each host of several needs its root": (f"{CHOICES}::test_a_host_of_several_without_a_root",),
    "Correct in that file what the message names.": (
        f"{CHOICES}::test_a_configuration_that_can_not_be_used",
    ),
    "Read it and see that it is what you want": (
        "tests/operations/settings/test_configuration.py"
        "::test_one_that_others_can_write_is_not_believed_until_it_is_closed",
        f"{CHOICES}::test_a_configuration_of_others_is_made_ones_own",
    ),
    "Read it, then copy it to where only you": (
        "tests/operations/settings/test_configuration.py::test_nor_one_in_a_folder_that_others_can_write",
        f"{CHOICES}::test_a_configuration_of_others_is_made_ones_own",
    ),
    "or give the right one in the configuration file: domain": (
        f"{CHOICES}::test_a_domain_that_no_set_can_name",
    ),
    "Give it a value, or omit it.": (f"{CHOICES}::test_what_is_said_twice_or_not_at_all",),
    "Give one of the two.": (f"{CHOICES}::test_what_is_said_twice_or_not_at_all",),
    "Install one: apt-get install docker-compose": (
        f"{CHOICES}::test_containers_that_nobody_can_bring_up",
    ),
    "Install the plugin: apt-get install docker-compose-plugin": (
        f"{CHOICES}::test_a_docker_compose_of_the_first_generation",
    ),
    "Start it by hand after the restore": (
        f"{CHOICES}::test_a_container_that_no_compose_file_declares",
    ),
    "Bring these containers up first": (
        f"{CHOICES}::test_compose_files_of_a_set_that_nobody_can_read",
    ),
    "Read these files first, in": (f"{CHOICES}::test_a_set_that_wants_more_than_there_is",),
    "Correct the file in … after the restore.": (
        f"{CHOICES}::test_compose_files_of_a_set_that_nobody_can_read",
    ),
    "Correct the file in the root, or in the config leader": (
        f"{CHOICES}::test_compose_files_of_a_set_that_nobody_can_read",
    ),
}
