"""Remedies about drills."""

_MENDED = ("tests/drills/test_scenarios.py::test_what_was_refused_is_mended_as_it_says",)
_PLAYED = ("tests/drills/test_playing.py::test_what_was_refused_is_done_as_it_says",)

_SIGNED = (
    "tests/drills/signing/test_signing.py::test_who_may_not_sign_or_review_is_told_what_to_do",
)
_HELD = (
    "tests/drills/test_cadence.py"
    "::test_status_tells_of_drills_and_exits_with_3_where_one_is_overdue",
)
_DEBRIEFED = (
    "tests/drills/signing/test_signed_debrief.py::test_what_a_debrief_finds_is_signed_beside_a_record_that_stays",
)
_NAMED = (
    "tests/drills/signing/test_signing.py::test_nobody_stands_for_a_drill_that_was_not_named",
)
_FOUND = ("tests/drills/test_cadence.py::test_findings_are_noted_listed_and_closed",)
_KEY = ("tests/drills/signing/test_own_key.py::test_one_that_can_not_sign_is_told_with_a_way_out",)
_CLOSED = ("tests/drills/signing/test_own_key.py::test_one_that_others_may_use_is_closed_to_them",)

_ADOPTED = ("tests/journeys/test_adopt.py::test_what_was_made_by_hand_is_restored",)
_UNFINISHED = ("tests/drills/signing/test_unfinished.py::test_what_is_told_of_it_can_be_done",)
_NO_SET = (
    "tests/journeys/drills/test_drill_no_set.py::test_where_no_set_can_be_drilled_a_backup_is_the_way_out",
)
OF_DRILLS: dict[str, tuple[str, ...]] = {
    "Sign it: pryv-tui drill sign ……": (
        "tests/drills/signing/test_signed_debrief.py::test_who_leaves_at_a_question_signs_nothing",
    ),
    "To see how to remove it: pryv-tui drill clean": (
        "tests/operations/drilling/test_expired.py"
        "::test_that_it_stays_is_told_for_as_long_as_it_does",
    ),
    "Or let the drill wait: …": (
        "tests/journeys/drills/test_drill_waits.py"
        "::test_who_does_not_wait_is_told_how_and_what_is_told_waits",
    ),
    "put it back from a copy of the state folder; then check it": (
        "tests/drills/signing/test_spoilt_records.py"
        "::test_a_record_that_can_no_longer_be_read_has_a_way_out_that_finds_it",
    ),
    "Read it with that version: pryv-tui drill report": (
        "tests/drills/signing/test_edited.py"
        "::test_one_that_is_cut_short_or_of_a_later_program_is_told_as_that",
    ),
    "Give today or a later day.": (
        "tests/drills/test_cadence.py::test_a_day_that_is_over_is_none_until_which_something_is_mended",
    ),
    "Make a key only for drills: …": _KEY,
    "_fresh_key(": _KEY,
    "Move it away. …": _KEY,
    "Make it private: chmod 600": _CLOSED,
    "_whose(": (
        "tests/drills/signing/test_own_key.py"
        "::test_one_that_may_not_be_looked_at_is_asked_about_by_who_may",
    ),
    "Fix it there, and check it again: pryv-tui drill scenarios": _MENDED,
    "To see the scenarios: pryv-tui drill scenarios": _MENDED,
    "Make it, or take `scenarios` out": _MENDED,
    "Make these names readable, or play a shipped scenario: pryv-tui drill scenarios": (
        "tests/drills/noting/test_stories.py::test_one_that_can_not_be_compared_is_not_begun",
    ),
    "Give only a name: --by NAME": (
        "tests/drills/noting/test_uncompared.py::test_a_reviewers_name_is_no_address",
    ),
    "Rename it everywhere in that file, then play it again.": (
        "tests/drills/noting/test_stories.py::test_an_id_that_names_somebody_is_refused",
    ),
    "Read it, then copy it to where only you, or root, can write": _MENDED,
    "To see the scenarios that can be played: pryv-tui drill scenarios": _MENDED,
    "Give the answers in a file": _PLAYED,
    "Write a file with the id of an option": _PLAYED,
    "Continue it: pryv-tui drill run": _PLAYED,
    "Earlier drills: pryv-tui drill list": _PLAYED,
    "Write down what was found: pryv-tui drill actions add … TEXT": (
        "tests/drills/noting/test_under_way.py::test_one_that_is_over_takes_none",
        *_DEBRIEFED,
    ),
    "See why: pryv-tui drill list": (
        "tests/incidents/test_journey.py"
        "::test_drills_that_can_not_be_listed_are_not_said_to_be_none",
    ),
    "Watch it: pryv-tui drill watch": _PLAYED,
    "Break it off, then start it again: pryv-tui drill stop": _PLAYED,
    "To see the drills known here: pryv-tui drill list": (
        "tests/drills/record/test_record.py::test_a_drill_that_is_not_known_is_found_in_the_list",
    ),
    "Hold one: pryv-tui drill run": _HELD,
    "Read it: pryv-tui drill report": _HELD,
    "When it is done: pryv-tui drill actions close": (
        "tests/drills/test_cadence.py::test_actions_stand_in_the_attention_and_close_as_they_say",
    ),
    "To see the findings: pryv-tui drill actions": _FOUND,
    "See what was done: pryv-tui drill actions --all": _FOUND,
    "Say what was found.": _FOUND,
    "Write it like 2026-03-31.": _FOUND,
    "To review the last one: pryv-tui drill review latest": _SIGNED,
    "kept without a signature. To see them: pryv-tui drill actions --all": _DEBRIEFED,
    "Name it: --key FILE, or `drill_key` in the configuration.": _NAMED,
    "Name the drill that you mean: pryv-tui drill": _NAMED,
    "Name it: pryv-tui drill": _NAMED,
    "Say who does it, and until when: --owner NAME": (
        "tests/drills/signing/test_signed_debrief.py::test_a_finding_is_given_what_was_not_said_and_nothing_else",
    ),
    "After the drill's name, write a sentence": (
        "tests/drills/signing/test_signed_debrief.py::test_a_review_of_one_word_says_nothing",
    ),
    "Name another one, or make it: ssh-keygen": _SIGNED,
    "; then, to write the pages: pryv-tui drill list": _UNFINISHED,
    "; then make it again: …": _UNFINISHED,
    "way_to_one(where)": _NO_SET,
    "way_to_one(site)": _NO_SET,
    "First, whoever held the drill signs it": _SIGNED,
    "See whose key signed it, and if the signature is good: pryv-tui drill verify": _SIGNED,
    "Read the review: pryv-tui drill report": _SIGNED,
    "A review has to be made by somebody else: sign it with the reviewer's own key": _SIGNED,
    "See if the key can be used: ssh-keygen": (
        "tests/drills/signing/test_signing.py::test_a_refused_key_leaves_nothing",
    ),
    "Install it: apt-get install openssh-client": (
        "tests/drills/signing/test_signing.py::test_without_ssh_keygen_it_is_said_where_it_comes_from",
    ),
    "The record is written when the drill ends. See how far it is: pryv-tui drill list": (
        "tests/drills/signing/test_signing.py"
        "::test_a_drill_that_goes_on_has_nothing_to_sign_or_to_report_yet",
    ),
    "To see each fault: pryv-tui drill verify": (
        "tests/drills/signing/test_spoilt_records.py::test_what_was_edited_since_is_not_countersigned",
    ),
    "See why: pryv-tui drill verify": (
        "tests/drills/signing/test_spoilt_records.py::test_a_spoilt_record_hides_no_other",
    ),
    "See what else has changed: pryv-tui drill verify": (
        "tests/drills/signing/test_spoilt_records.py::test_a_record_that_is_gone_is_not_made_again",
    ),
}

TYPED_OF_DRILLS: dict[str, tuple[str, ...]] = {
    "To write the pages again from the record": (
        "tests/drills/signing/test_edited.py"
        "::test_verify_names_a_way_out_of_each_finding_and_it_leads_out",
    ),
    "See all that was compared: pryv-tui drill verify …": (
        "tests/drills/signing/test_spoilt_records.py"
        "::test_the_report_of_a_record_that_was_edited_says_so_at_its_head",
    ),
    " is missing: it was removed, or not all pages of the record were written": _UNFINISHED,
    "pryv-tui drill review {} --key KEY": _UNFINISHED,
    "pryv-tui drill sign {} --key KEY": _UNFINISHED,
    "If the platform is here, take a backup: pryv-tui backup": _NO_SET,
    "to make a set from a backup taken by hand": _ADOPTED,
    "pryv-tui drill sign … --key KEY": _SIGNED,
    "Somebody else reviews it: pryv-tui drill review … --key KEY": _SIGNED,
    "somebody else has to do that: pryv-tui drill review … --key KEY": _SIGNED,
    "It is in the list: pryv-tui drill actions": _DEBRIEFED,
    "It is listed with the findings: pryv-tui drill actions --all": (
        "tests/drills/signing/test_signed_debrief.py"
        "::test_what_comes_after_a_signed_debrief_is_told_apart_and_where_it_stands",
    ),
    "To see findings added or closed since …: pryv-tui drill actions --all": _FOUND,
    (
        "What was written about findings after the record was made was not signed:"
        " pryv-tui drill actions --all"
    ): (
        "tests/drills/signing/test_signed_debrief.py::test_who_signs_is_told_that_what_is_closed_is_no_part_of_it",
    ),
    "Remove the sandbox, and the drill gets its record: pryv-tui drill clean": (
        "tests/journeys/drills/test_drill_removed.py::test_one_that_is_killed_is_cleared_by_whoever_comes_next",
    ),
    "To do the same with pryv-tui: pryv-tui drill verify": (
        "tests/drills/signing/test_signing.py::test_good_records_are_accepted_and_say_what_they_lack",
    ),
}
