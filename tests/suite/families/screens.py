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
    *each(
        3,
        "Sizes of the terminal: each screen is drawn in all themes as its snapshot has it.",
        "tui/test_snapshots.py",
        "test_every_screen_in_every_theme",
        "test_every_screen_of_drills_in_every_theme",
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
)
