"""What each sentence about all and nothing is held to."""

from __future__ import annotations

HERE = "tests/claims/test_made_false.py::"
INCIDENT = "tests/incidents/test_report.py::"
COMPARED = "tests/operations/comparing/test_comparing.py::"
SERVED = "tests/operations/overview/test_serving.py::"
LIVE = "tests/journeys/test_live_audit.py::"

COMMANDS = "tests/claims/test_of_commands.py::"
_THERE = (f"{COMMANDS}test_that_nothing_is_there_is_not_said_where_something_is",)
SIGNING = "tests/drills/test_signing.py::"

FALSIFIED: dict[str, tuple[str, ...]] = {
    # What commands say where there is nothing.
    "Nothing is to be accepted now.": _THERE,
    "Nothing is to be removed.": _THERE,
    "nothing that a run moved aside is there now": _THERE,
    "none goes on now": _THERE,
    "No record of a drill is in this state folder: nothing was verified.": _THERE,
    "Records, signatures, reviews and pages are what was written": (
        "tests/claims/test_of_drills.py"
        "::test_of_a_drill_without_a_record_nothing_is_said_to_be_what_was_written",
        f"{SIGNING}test_both_find_what_was_spoilt",
    ),
    "no record: nothing was verified": (
        "tests/claims/test_of_drills.py"
        "::test_of_a_drill_without_a_record_nothing_is_said_to_be_what_was_written",
    ),
    "No debrief is part of it: nothing was found, or nobody": (
        "tests/claims/test_of_drills.py"
        "::test_no_debrief_is_said_where_nobody_found_anything_and_not_where_one_did",
        f"{SIGNING}test_what_a_debrief_finds_is_signed_beside_a_record_that_stays",
        f"{SIGNING}test_who_signs_is_told_that_what_is_closed_is_no_part_of_it",
    ),
    "What was found is closed, and no part of it": (
        f"{SIGNING}test_what_a_debrief_finds_is_signed_beside_a_record_that_stays",
        f"{SIGNING}test_who_signs_is_told_that_what_is_closed_is_no_part_of_it",
    ),
    "none that is whole": (
        f"{SERVED}test_a_vault_with_damaged_sets_alone_is_not_told_to_be_empty",
    ),
    # Results, and what a cancel would do.
    " Nothing was changed.": (
        f"{HERE}test_nothing_was_changed_is_not_said_after_a_change",
        "tests/runs/test_executor.py::test_a_refusal_after_a_change_is_a_failure",
    ),
    "Nothing was replaced yet: all stays": (
        f"{HERE}test_nothing_was_replaced_yet_is_not_said_once_a_root_was_changed",
    ),
    "Nothing was put back yet": (
        f"{HERE}test_nothing_was_replaced_yet_is_not_said_once_a_root_was_changed",
    ),
    "holds nothing yet that a later backup could use": (
        "tests/runs/test_partial_left.py::test_nobody_is_told_to_keep_what_holds_nothing",
    ),
    "It holds nothing that is of use": (
        "tests/runs/test_partial_left.py::test_nobody_is_told_to_keep_what_holds_nothing",
    ),
    "It left nothing that has to be put back": (
        "tests/remedies/test_going_on.py::test_what_a_dead_run_left_is_recovered",
    ),
    "without its event: nothing came in while core was taken": (
        f"{HERE}test_no_account_is_lost_only_where_none_could_come_in",
    ),
    "No user account is lost between core and register": (
        f"{HERE}test_no_account_is_lost_only_where_none_could_come_in",
    ),
    "inside the set no account, attachment or series": (
        f"{HERE}test_the_gap_cost_nothing_only_where_all_of_the_set_was_looked_at",
        "tests/operations/audit/test_afterwards.py"
        "::test_a_gap_cost_nothing_only_where_all_of_it_was_counted",
    ),
    "inside the set no casualty was found in what was counted": (
        "tests/operations/audit/test_afterwards.py"
        "::test_a_gap_cost_nothing_only_where_all_of_it_was_counted",
    ),
    "… were compared, and nothing there was newer": (
        "tests/operations/comparing/test_newer.py"
        "::test_an_undo_says_that_nothing_was_newer_only_where_all_was_compared",
    ),
    "nothing was newer: … were compared": (
        "tests/operations/comparing/test_newer.py"
        "::test_a_store_that_was_not_compared_or_has_more_is_not_nothing",
    ),
    "nothing was written in what was compared": (
        "tests/incidents/test_report.py"
        "::test_what_two_restores_cost_is_told_once_and_contradicts_nothing",
    ),
    "The newest whole set of … is …, of …": (
        "tests/incidents/test_report.py"
        "::test_the_newest_whole_set_is_looked_for_among_the_platforms_own",
    ),
    # What needs a person, what is up, what recover says.
    ": none of the … containers of … runs": (
        f"{HERE}test_none_of_a_roles_containers_runs_is_not_said_where_one_does",
    ),
    "was refused …, and none was taken": (
        "tests/operations/overview/test_last_backup.py"
        "::test_overdue_is_what_the_configuration_says_and_nothing_else",
    ),
    "none yet": (f"{HERE}test_none_yet_is_not_said_of_a_vault_in_doubt",),
    "up in part": (f"{SERVED}test_a_part_that_does_not_run_is_a_part",),
    "partly up": (f"{SERVED}test_a_part_that_does_not_run_is_a_part",),
    "Nothing is advised: …": ("tests/operations/test_advice.py::test_what_is_advised",),
    "could not put everything back": (
        "tests/operations/test_advice.py::test_why_it_stopped_or_that_this_is_not_known",
    ),
    "Nothing that it had stopped is down now": (
        "tests/operations/test_advice.py::test_what_is_down_and_since_when",
    ),
    "Nothing that was moved aside is there": (
        "tests/runs/test_on_disk.py::test_a_half_restored_root_is_never_called_whole",
    ),
    "Nothing… was left half-done": (
        "tests/cli/test_runs.py"
        "::test_recover_of_a_machine_that_can_not_be_asked_does_not_say_nothing",
    ),
    # What a restore would cost.
    "and has none of its …; the set holds": (
        f"{COMPARED}test_a_role_that_answers_and_holds_nothing_is_damaged",
    ),
    "No account is stranded, left open to others, or gone": (
        f"{COMPARED}test_none_of_what_could_be_asked_is_not_said_to_be_none",
    ),
    "No account that register knows is stranded or gone, and none is": (
        f"{COMPARED}test_what_core_alone_had_is_gone_with_it_and_named_as_the_last_look_knew_it",
    ),
    "No account is known to be gone": (
        f"{COMPARED}test_none_of_what_could_be_asked_is_not_said_to_be_none",
    ),
    # The audits.
    "nothing lacks its": (
        "tests/operations/audit/test_afterwards.py"
        "::test_what_could_not_be_asked_is_not_known_and_never_nothing",
    ),
    "nothing could be checked: what the gap cost": (
        f"{HERE}test_no_casualty_is_said_of_what_was_checked",
    ),
    "no casualty was found": (f"{HERE}test_no_casualty_is_said_of_what_was_checked",),
    "Nothing could be checked.": (
        f"{HERE}test_nothing_remains_is_said_only_where_all_was_checked",
        f"{LIVE}test_what_does_not_answer_is_not_checked_and_never_none",
    ),
    "Nothing remains": (f"{HERE}test_nothing_remains_is_said_only_where_all_was_checked",),
    # Incidents.
    "nothing is known to be lost": (
        f"{INCIDENT}test_all_and_nothing_are_said_only_where_they_are_so",
    ),
    "nothing is known to have been down": (
        f"{INCIDENT}test_all_and_nothing_are_said_only_where_they_are_so",
    ),
    "nothing is known to be down": (
        f"{INCIDENT}test_all_and_nothing_are_said_only_where_they_are_so",
    ),
    "asked: nothing lacks its other half": (
        f"{INCIDENT}test_all_and_nothing_are_said_only_where_they_are_so",
    ),
    "asked: of what could be checked nothing lacks": (
        f"{INCIDENT}test_all_and_nothing_are_said_only_where_they_are_so",
    ),
    "All that was down serves again": (
        f"{INCIDENT}test_all_and_nothing_are_said_only_where_they_are_so",
    ),
    "The running platform was not asked since all serves again (…): pryv-tui audit --live": (
        "tests/incidents/test_order_of_times.py"
        "::test_an_undo_that_was_not_asked_after_leaves_nothing_proved",
    ),
    "… is lost…, …": (
        f"{HERE}test_a_role_is_lost_only_where_somebody_or_something_tells_since_when",
    ),
    "… lost": (f"{HERE}test_a_role_is_lost_only_where_somebody_or_something_tells_since_when",),
    " (… in all)": (
        f"{INCIDENT}test_each_role_is_down_by_its_own_gap_and_in_all_only_where_that_differs",
    ),
    # The screens.
    "Nothing is gone": (f"{HERE}test_nothing_is_gone_is_not_said_of_what_was_not_seen",),
    "it is restored as a whole": (f"{HERE}test_nothing_is_gone_is_not_said_of_what_was_not_seen",),
    "nothing urgent": (f"{HERE}test_nothing_urgent_is_not_said_where_something_waits",),
    "nothing here": (f"{HERE}test_nothing_here_is_not_said_while_a_machine_was_not_asked",),
    ", and nothing FAILED.": (f"{HERE}test_all_checks_are_ok_only_where_each_is",),
    "✓ all … OK": (f"{HERE}test_all_checks_are_ok_only_where_each_is",),
    "Nothing is to be done.": (f"{HERE}test_nothing_is_to_be_done_is_said_of_an_empty_plan_alone",),
    "Nothing yet.": (f"{HERE}test_nothing_yet_is_not_said_of_acts_that_can_not_be_read",),
    "Gap: none, nothing was copied": (
        f"{HERE}test_nothing_was_copied_is_not_said_of_what_was_taken",
    ),
    "Gap: nothing copied yet": (f"{HERE}test_nothing_was_copied_is_not_said_of_what_was_taken",),
    "it holds nothing that could be taken over": (
        "tests/tui/test_rows.py::test_a_partial_set_says_whether_it_is_of_any_use",
    ),
}
"""A part of the sentence, and the tests that make it false and see that it is not said."""

ALONE: dict[str, tuple[str, ...]] = {
    "up": (f"{SERVED}test_up_is_what_runs_and_answers",),
}
"""The same of a word that is all of the text."""

ALWAYS: dict[str, tuple[str, ...]] = {
    # Of a command that lacks a word, or was answered with no, nothing is begun.
    "… needs a …; …. Nothing was done": (
        "tests/cli/test_unnamed.py::test_a_command_without_its_set_names_the_last_one",
    ),
    "nothing was signed": (
        f"{SIGNING}test_nobody_stands_for_a_drill_that_was_not_named",
    ),
    # A plan is made, or refused, before anything is done.
    "…. Nothing was changed.": (
        "tests/cli/test_runs.py::test_what_a_restore_refuses_and_that_it_changes_nothing",
    ),
    "… is …; nothing was changed": (
        "tests/cli/test_runs.py::test_what_a_restore_refuses_and_that_it_changes_nothing",
    ),
    "is not the domain of the set …; nothing was changed": (
        "tests/cli/test_runs.py::test_what_a_restore_refuses_and_that_it_changes_nothing",
    ),
    "is not the domain of this platform; nothing was changed": (
        "tests/cli/test_lost_role.py::test_who_takes_core_away_again_by_hand_is_asked",
    ),
    "is not the domain of this platform; nothing was removed": (
        "tests/cli/test_lost_role.py::test_who_takes_core_away_again_by_hand_is_asked",
    ),
    "of that nothing was changed": (
        "tests/cli/test_recover_several.py"
        "::test_after_another_was_recovered_it_does_not_end_as_if_nothing_had_been",
    ),
    # Nothing is deleted to make room for a restore: what is there is moved aside.
    "services need to start; nothing is deleted": (
        "tests/tui/test_interface_recover.py"
        "::test_a_dead_restore_is_offered_and_rolled_back_by_keys",
    ),
    "Nothing is deleted, and no data is replaced": (
        "tests/remedies/test_going_on.py::test_what_a_dead_run_left_is_recovered",
    ),
    "Nothing changes.": ("tests/tui/test_interface_recover.py"
                         "::test_a_dead_restore_is_offered_and_rolled_back_by_keys",),
    # A partial set has another name than a set's, and another can't be chosen.
    "nothing is restored from it": (
        "tests/tui/test_interface_restore.py::test_unusable_sets_are_seen_and_can_not_be_chosen",
    ),
    # Single files come beside what is there; a check only reads; a fetch only copies.
    "nothing else is touched": (
        "tests/tui/test_interface_sets.py::test_files_come_back_beside_what_is_there",
    ),
    "nothing that was there was touched": (
        "tests/tui/test_interface_sets.py::test_files_come_back_beside_what_is_there",
    ),
    "No file of the set is changed": (
        "tests/journeys/test_verify_run.py::test_a_cancelled_one_keeps_nothing",
    ),
    "It held nothing of the platform and changed no file": (
        "tests/journeys/test_verify_run.py::test_a_cancelled_one_keeps_nothing",
    ),
    "The set stays whole in the repository": (
        "tests/restic/test_runs.py::test_a_damaged_working_copy_is_told_from_the_set",
    ),
    "Nothing of the incident was written": (
        "tests/incidents/test_files.py::test_a_full_or_closed_folder_leaves_nothing_half_written",
    ),
    "nothing of the incident was written": (
        "tests/incidents/test_files.py::test_a_full_or_closed_folder_leaves_nothing_half_written",
    ),
}  # fmt: skip
"""What is so whatever happened, by a rule of the house, and a test that holds it."""

NO_CLAIM: dict[str, str] = {
    "All of it: pryv-tui attach": "names a command that shows it",
    "Print nothing on success; what fails": "an option's help",
    "This folder below the root was a disk of its own, and is none": "an option's help",
    "Copy every file; link none to a former set.": "an option's help",
    "Keep new accounts, or everything, out while": "an option's help",
    "also where the backup dies: 30s, 2m [default:": "an option's help",
    "--full copies everything, so that": "tells why two options do not go together",
    "a restore copies everything: it links": "tells why an option is not for a restore",
    "So many of the last lines [default": "an option's help",
    "What the sandbox brings up": "an option's help",
    "The same pages, and nothing is executed.": "an option's help",
    "Nothing is to be done about it.": "an option's help",
    "Since when it is lost, where you know it": "an option's help",
    "that a container of its own has mounted, which is none": "an option's help",
    "Say what would go and what stays; remove nothing.": "an option's help",
    "Read only so much of it, such as 5%": "an option's help",
    "which is closed all the same": "a heading of what remains",
    "The set is checked all the same": "says that something is done although another can't be",
    "(Enter: nothing more)": "what a person types",
    "All that it printed: pryv-tui": "names a command that shows it",
    "See all of it: pryv-tui": "names a command that shows it",
    "All of them: pryv-tui": "names a command that shows them",
    "more: pryv-tui audit": "names a command that shows them",
    "The whole list: …": "names a file that was written just before, with all that was found",
    "they would begin with nothing": "says what would come of an act that it advises against",
    "and begins with nothing": "says what whoever signs up again would have",
    "it is to be done all the same": "asks for an act",
    "To do it all the same": "asks for an act",
    "Back every role up together": "asks for an act",
    "Bring up what does not exist": "asks for an act",
    "then its owner can sign up again": "says what an act is for",
    "until nothing remains": "says until when an act is to be repeated",
    "where all of it is lost, restore": "says what to do in a case",
    "When all runs that has to": "says what to do in a case",
    "if somebody knows it": "asks for what is not known",
    "Nothing brings a removed set back": "a warning before an act that can't be undone",
    "If it is a warning after all": "says how something is taken back",
    "then copies all of it again": "says what an act would cost",
    "nothing is done about it": "says that a journal of others is not acted on",
    "until then all of it may be well": "says that it may be otherwise",
    "Nothing but accounts, events": "says what is not compared",
    "Nothing is known to be gone": "says that it is not known",
    "so nothing is ticked": "says what is ticked on that very page",
    "What was lost": "a heading",
    "--lost-at: …": "an option's name",
    "since when something is lost was said": "tells what a command lacks",
    "and nothing was said to write": "tells what a command lacks",
    "is none of …": "tells what a word is not",
    "begins with what is none of its lines": "tells what is wrong with a file",
    "left nothing in …": "tells that what was just written is not there",
    "<!DOCTYPE html>": "a page's head",
    "Steps, none": "a heading of an empty list",
    "none by Docker": "how a container is started",
    ": none": "an empty list",
    "… none": "an empty list",
    "none was done here yet": "says why a duration is not known",
    "it changes nothing)": "a step that only reads",
    "it says nothing of itself": "a set without a manifest, where no problem is known",
    "No user account can be made between": "says what is going to be held",
    "No attachment and no high-frequency data can come in": "says what is going to be held",
    "takes no --confirm": "tells what an option is for",
    "nothing answers these commands": "of the practice platform, which has no such API",
    "and nothing was deleted there while": "tells of a finding that is looked into",
}
"""What says nothing about how things are, and why."""
