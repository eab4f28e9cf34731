"""Remedies for a folder that can't be adopted as it is, and the tests that did them."""

_ADOPTED = "tests/remedies/sets/test_adopted.py::"


def _by(name: str) -> tuple[str, ...]:
    return (_ADOPTED + name,)


_THEN = _by("test_what_was_refused_is_adopted_then")
_WHERE = _by("test_where_a_copy_has_to_lie")
_WHOSE = _by("test_whose_it_is_is_said")
_TWO = _by("test_which_of_two_dumps_is_said")
_SET = _by("test_a_set_is_copied_into_the_vault_and_half_of_one_is_made_anew")

ADOPTED: dict[str, tuple[str, ...]] = {
    "Remove the link: …; if it leads to data of this platform": (
        "tests/operations/adopting/test_adopting.py::test_a_link_to_where_a_dump_would_go_is_a_refusal",
    ),
    "Add that to the copy, and adopt it again.": (
        "tests/operations/adopting/test_adopt_strangers.py::test_what_a_copy_lacks_is_told",
    ),
    "Rename it, with plain letters, digits and punctuation": (
        "tests/operations/adopting/test_adopt_strangers.py::test_a_name_that_is_no_text_is_a_refusal",
    ),
    "Unpack it first: …": (
        "tests/operations/adopting/test_adopt_strangers.py::test_a_packed_copy_is_unpacked_as_it_is_told",
    ),
    "Name the folder that holds the copy.": _THEN,
    "Leave it out of the folder, or complete it.": _THEN,
    "Name the folder of one backup only.": _THEN,
    "Adopt one core at a time: name its folder": _THEN,
    "Complete the copy with that folder.": _THEN,
    "Say where it is: --dump …=FOLDER": _THEN,
    "Move the files of one of them out of it.": _THEN,
    "Name another dump: --dump influxdb=FOLDER": _THEN,
    "Name the folder of one platform only, or say which platform it is": _THEN,
    "Name the folder by its whole path.": _WHERE,
    "Name the folder that holds it.": _WHERE,
    "Name a folder outside the vault.": _WHERE,
    "Name only the folder of the copy.": _WHERE,
    "Take a backup of what is in use: pryv-tui backup": _WHERE,
    "Say which it is: --domain NAME": _WHOSE,
    "Name the platform: --domain NAME": _WHOSE,
    "Say which one belongs to this backup: …": _TWO,
    "Name the folder that holds ….": _TWO,
    "Run the command with sudo, or correct the owner or mode.": _by(
        "test_a_copy_of_others_is_read_once_its_mode_is_mended"
    ),
    "; if there never was a dump: --without influxdb": _by(
        "test_where_there_never_was_an_influxdb"
    ),
    "No file of Pryv.io is like that. Find out what made it; shorten it": _by(
        "test_a_file_of_holes_is_shortened_or_moved_away"
    ),
    "Copy it into the vault: …": _SET,
    "Take a new backup: pryv-tui backup": _SET,
}
"""As `performed.PERFORMED`."""
