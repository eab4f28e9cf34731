"""The remedies for what was typed wrongly, and the tests that typed them."""

_HERE = "tests/remedies/test_spelling.py::"


def _by(*names: str) -> tuple[str, ...]:
    return tuple(_HERE + name for name in names)


_RIGHT = _by("test_typed_as_it_says")
_PASTED = _by("test_each_command_that_is_named_is_pasted")
_CONFIRMED = _by("test_what_has_to_be_confirmed_is_confirmed_with_the_word_that_is_shown")
_SET_ASIDE = (
    "tests/journeys/restores/test_undo_sets_aside.py::"
    "test_what_was_written_after_a_restore_is_followed_until_it_is_gone",
)
_NOT_KNOWN = (
    "tests/journeys/restores/test_undo_sets_aside.py::"
    "test_what_nobody_could_ask_is_said_to_be_not_known_until_somebody_looks",
)
_ACCEPTED = _by("test_what_was_accepted_is_named_to_whoever_withdraws_another")
_LOST = ("tests/cli/test_lost_role.py::test_who_takes_core_away_again_by_hand_is_asked",)
_SETTLED = ("tests/runs/test_recovery_stale.py::test_what_another_settled_is_not_settled_again",)
_NONE = _by("test_where_there_is_no_set_none_is_named")

TYPED: dict[str, tuple[str, ...]] = {
    "Name the files too.": _RIGHT,
    "Omit --format, or --json.": _RIGHT,
    "Add --hold registrations.": _RIGHT,
    "Write a `?` for each of these bytes: --files …": _RIGHT,
    "Paths are relative to the root, like those after": _RIGHT,
    "See --help.": _RIGHT,
    "Write it in one line of letters, digits, spaces and punctuation.": _CONFIRMED,
    "Type more characters of the id.": _CONFIRMED,
    "To see why: --dry-run. To remove them: --confirm …": _CONFIRMED,
    "See what it will do: pryv-tui plan restore …; then add --confirm": _CONFIRMED,
    "Write the set's domain. To see it: pryv-tui list": _CONFIRMED,
    "Write this platform's domain. To see it: pryv-tui status": _CONFIRMED,
    "The newest that can be undone is the … …: …": _CONFIRMED,
    "Only a restore or an undo that changed something can be undone": _CONFIRMED,
    "Bring back what it moved aside: …": _SET_ASIDE,
    "It was moved aside again: …": _SET_ASIDE,
    "Once you know that the platform works well, remove them for good": _NOT_KNOWN,
    "The restore's result says how to look at the content that was moved aside": _NOT_KNOWN,
    "To see names that another role still knows: pryv-tui audit": _NOT_KNOWN,
    "To do it anyway: ……": _LOST,
    "To see what was moved aside: pryv-tui status": _CONFIRMED,
    "That run has nothing to release. To see what else was moved aside": _CONFIRMED,
    "To see why it could not be looked for: pryv-tui doctor": (
        "tests/claims/acting/test_of_acts.py"
        "::test_what_lies_aside_is_not_said_to_be_gone_while_its_root_is_away",
    ),
    "In that run there is nothing to cancel": _CONFIRMED,
    "Write: …": (*_PASTED, *_NONE),
    "See them: pryv-tui …": (*_PASTED, *_NONE),
    "See them: pryv-tui accept": _PASTED,
    "For example: pryv-tui prune --keep-last 3": _PASTED,
    "Nothing can be accepted now. To see what there is: pryv-tui doctor": _PASTED,
    "To see the sets of this vault: pryv-tui list": _PASTED,
    "To see the runs known here: pryv-tui runs": _PASTED,
    "To see which containers the platform has: pryv-tui status": _PASTED,
    "To see what is half-done now: pryv-tui status": _SETTLED,
    "These can be: …": _ACCEPTED,
    "Accepted now: …": _ACCEPTED,
    "Nothing is accepted here now.": _ACCEPTED,
    "Such as ….": _by("test_a_time_as_in_the_examples"),
    "Write it like 2025-11-20T03:00:00+00:00": _by(
        "test_a_time_of_an_adopted_backup_as_in_the_example",
    ),
    "Such as --dump mongodb=/backup/mongodb": _by(
        "test_a_dump_that_lies_elsewhere_as_in_the_example",
    ),
    "One of ….": _by("test_a_theme"),
    "One of: ….": _by("test_a_fault_and_a_service", "test_a_role_of_a_cluster", "test_a_container"),
    "Name a role of it, or all.": _by("test_a_role_of_a_cluster"),
    "shlex.join(['pryv-tui', 'practice', 'fault'": _by("test_a_fault_and_a_service"),
    "pryv-tui practice container --help": _by("test_a_container"),
    "Name a folder of the root, such as pryv/core/data": _by("test_a_container"),
    "single-node or cluster.": _by("test_a_form"),
    "Remove what is there: …; then: …": _by("test_one_that_was_not_made_whole_is_made_again"),
    "Name another folder, or make a new one with: ": _by("test_settings_that_say_nothing"),
    "Name one of: …": _by("test_which_of_several"),
    "Say which with --host.": _by("test_which_of_several"),
    "Open it in a terminal, or use a command. To see the commands: pryv-tui --help": _by(
        "test_without_a_terminal_the_commands_are_listed"
    ),
}
"""As `performed.PERFORMED`."""
