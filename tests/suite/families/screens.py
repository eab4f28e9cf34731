"""The interface."""

from __future__ import annotations

from tests.suite.families.family import Family, each

FAMILIES: tuple[Family, ...] = (
    *each(
        5,
        "Steps at which a run is cancelled by key: what is asked, and what is said.",
        "tui/flows/test_cancel_steps.py",
        "test_a_backup",
        "test_a_restore",
    ),
    Family(
        6,
        "Sizes of the terminal, for screens of drills and for all others: each is drawn in all "
        "themes as its snapshot has it.",
        (
            "tui/test_snapshots.py::test_every_screen_in_every_theme",
            "tui/test_snapshots.py::test_every_screen_of_drills_in_every_theme",
        ),
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
        5,
        "Files that are damaged: the interface shows all the others.",
        "tui/test_damage.py",
        "test_the_interface_shows_the_rest",
    ),
    *each(
        3,
        "Screens with a list that is read, well or not: they say so until it is.",
        "tui/widgets/test_reading.py",
        "test_a_list_that_is_being_read_says_so_until_it_is_read",
    ),
    *each(
        3,
        "Sizes of the terminal: an option is read whole.",
        "tui/flows/test_drills.py",
        "test_an_option_is_read_whole_at_any_size",
    ),
    *each(
        3,
        "Sizes of the terminal: fields of dialogs say what they are for, and one is typed in.",
        "tui/widgets/test_named_fields.py",
        "test_each_says_what_it_is_for_and_which_is_typed_in",
    ),
    *each(
        3,
        "Names and sizes of the terminal: on a page no address is broken. Any name at any width is "
        "tried in each turn, by what makes the rows.",
        "tui/widgets/test_command_rows.py",
        "test_on_a_page_no_address_is_broken",
    ),
    *each(
        3,
        "Widths for which lines were wrapped, by words or not: they are drawn for another room.",
        "tui/widgets/test_output.py",
        "test_what_was_wrapped_for_another_room_is_drawn_for_this_one",
    ),
    Family(
        4,
        "Questions over which Enter is held down: none of them is confirmed by it. What Enter does "
        "by itself, and that each kind of question is one of these, is seen in each turn.",
        tuple(
            f"tui/flows/test_held_enter.py::{test}"
            for test in (
                "TestPractice::test_no_role_is_lost",
                "test_no_set_is_removed",
                "test_no_core_is_restored",
                "test_an_incident_stays_open",
                "test_a_run_goes_on",
                "test_what_was_left_half_done_stays",
                "test_at_most_one_warning_is_accepted",
                "test_what_lies_aside_stays",
                "test_a_pin_by_somebody_else_stays",
                "TestDrills::test_it_is_not_reviewed",
                "TestDrills::test_it_is_not_broken_off",
            )
        ),
    ),
    *each(
        2,
        "What was typed by then: what Enter on the last page says is so.",
        "tui/flows/test_enter_told.py",
        "test_where_the_word_lacks_tab_leads_to_its_field",
        "test_where_the_plan_lacks_no_key_is_said_to_help",
    ),
    *each(
        3,
        "Questions of a drill: what was typed is there when it is asked again.",
        "tui/flows/test_drills_found.py",
        "test_what_was_typed_of_a_drill_is_there_when_it_is_asked_again_and_of_another_is_none",
    ),
    *each(
        5,
        "Questions: what was typed is there when it is asked again.",
        "tui/screens/test_interface_kept.py",
        "test_what_was_typed_in_a_question_is_there_when_it_is_asked_again",
    ),
    *each(
        2,
        "How a question is left: what was typed is there when it is asked again.",
        "tui/screens/test_interface_kept.py",
        "test_what_was_typed_for_an_undo_and_a_release_is_there_when_it_is_asked_again",
    ),
    Family(
        3,
        "Pages that are left and come back to: what was typed there is there. So it is of some of "
        "the questions in each turn.",
        tuple(
            f"tui/screens/test_interface_kept.py::{test}"
            for test in (
                "test_a_word_that_is_typed_stays_on_the_page_of_a_restore",
                "test_a_backup_s_pages_keep_what_was_typed_and_chosen",
                "test_the_rules_and_the_word_of_a_prune_stay",
            )
        ),
    ),
    *each(
        3,
        "Wizards: Enter alone leads to the button, and presses it never.",
        "tui/screens/test_interface_kept.py",
        "test_enter_alone_leads_over_each_page_to_the_button_and_presses_it_never",
    ),
    *each(
        2,
        "Sizes of the terminal: the live platform is not named while a drill's is made.",
        "tui/screens/test_drill_keys.py",
        "test_while_its_platform_is_made_the_live_one_is_not_named_and_no_dead_key_is",
    ),
    *each(
        2,
        "Screens: a note is written from them while a set is drilled.",
        "tui/screens/test_interface_note_drills.py",
        "test_on_another_screen_while_a_set_is_drilled",
    ),
    *each(
        2,
        "Wizards: each says on its first page that a run goes on; a restore's does in each turn.",
        "tui/screens/test_interface_busy.py",
        "test_the_other_wizards_say_it_too",
    ),
    *each(
        2,
        "Kinds of run that are cancelled by key in a real terminal, and signals that end it there.",
        "tui/screens/test_interface_tmux.py",
        "test_cancelled_by_key_while_a_tool_runs",
        "test_a_signal_gives_the_terminal_back",
    ),
    *each(
        2,
        "Programs between a terminal and the interface: they are left with nothing to wait for.",
        "tui/terminal/test_terminal_lost.py",
        "test_who_stands_between_is_left_with_nothing_to_wait_for",
    ),
    *each(
        3,
        "Sizes of the terminal: a long text leaves a dialog its buttons.",
        "tui/terminal/test_frame.py",
        "test_a_long_text_leaves_a_dialog_its_buttons",
    ),
    *each(
        3,
        "Sizes of the terminal: no word is broken in a text that is opened.",
        "tui/test_broken_words.py",
        "test_in_a_text_that_is_opened",
    ),
    *each(
        2,
        "Sizes of the terminal: the journey of the README by key is read from the screen.",
        "journeys/test_readme.py",
        "test_by_key_the_same_is_read_from_the_screen",
    ),
    *each(
        7,
        "Screens that are left while they open: nothing comes of it.",
        "tui/screens/test_interface_screens.py",
        "test_leaving_while_a_screen_opens",
    ),
)
