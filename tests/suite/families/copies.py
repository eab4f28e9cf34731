"""Copies and checks of files and sets."""

from __future__ import annotations

from tests.suite.families.family import Family, each

FAMILIES: tuple[Family, ...] = (
    *each(
        8,
        "Kinds of damage to a set: C and Python say the same of it, in pieces of any size.",
        "vault/parallel/test_any_damage.py",
        "test_c_and_python_say_the_same_of_it",
    ),
    *each(
        3,
        "Folders and files that this user may not read: C and Python name them.",
        "vault/parallel/test_any_damage.py",
        "test_c_and_python_name_what_this_user_may_not_read",
    ),
    *each(
        4,
        "Sizes of the pieces in which any tree is copied: it comes through.",
        "vault/copying/pieces/test_pieces.py",
        "test_any_tree_comes_through_twice_and_back",
        "test_any_tree_comes_through_beside_a_former_one_of_any_other_tree",
    ),
    *each(
        4,
        "Sizes of the pieces in which any tree is checked: any damage is found.",
        "vault/parallel/test_checks.py",
        "test_any_damage_to_any_tree_is_found_as_one_thread_finds_it",
    ),
    *each(
        4,
        "Places and sizes of what is hollow: a backup leaves it out.",
        "vault/copying/test_hollow.py",
        "test_a_backup_leaves_it_out_and_takes_all_else",
    ),
    *each(
        4,
        "Files and places in which a bit flips: it is found, and not restored.",
        "vault/test_verify.py",
        "test_a_flipped_bit_is_found_and_not_restored",
    ),
    *each(
        4,
        "Files in which a bit flips: the check of a set finds it.",
        "operations/overview/test_verify_set.py",
        "test_a_flipped_bit_anywhere_is_found_and_refused",
    ),
    *each(
        2,
        "Ways to copy without the C library: each file holds what its own path held. With it, as "
        "platforms are copied, that is seen in each turn.",
        "vault/files/test_same_file.py",
        "test_each_file_holds_what_its_own_path_held",
    ),
    *each(
        3,
        "How much is read ahead: nothing is called damaged for want of descriptors.",
        "vault/native/test_ahead.py",
        "test_nothing_is_called_damaged_for_want_of_descriptors",
    ),
    *each(
        8,
        "Ways in which a copy, a check or a count ends, with the C library and without: nothing "
        "large of it is left.",
        "vault/parallel/test_let_go.py",
        "test_nothing_large_is_left_until_somebody_looks_for_garbage",
    ),
    *each(
        3,
        "How many files are hashed together, two at a time or not: each has its own hash.",
        "vault/native/test_hashes.py",
        "test_hashes_are_those_of_each_file_whatever_its_length",
    ),
    *each(
        4,
        "Modes, owners and groups that files have and that new ones get: they are kept, and "
        "nothing is open to others on its way.",
        "vault/native/test_compiled.py",
        "test_modes_and_owners_are_kept_whatever_new_files_get",
        "test_what_is_on_its_way_is_open_to_nobody_it_will_not_be_open_to",
    ),
    *each(
        4,
        "Pages of a log, what was written, and where it is hurt: of it counts what counts for "
        "SQLite.",
        "vault/native/test_logs.py",
        "test_of_a_log_that_is_not_whole_counts_what_counts_for_sqlite",
    ),
    *each(
        3,
        "Errors of a file server, and after how many files it asks for rights: nothing is called "
        "damaged.",
        "operations/sets/test_verify_rights.py",
        "test_nor_where_a_file_server_asks_for_rights_when_it_is_read",
    ),
    *each(
        5,
        "Habits of writers that never stop: the copy of their database is whole.",
        "vault/native/test_copied_logs.py",
        "test_writers_that_never_stop_tear_nothing",
    ),
    *each(
        3,
        "Acts that read ahead: folders that nobody came to were read.",
        "vault/native/test_ahead.py",
        "test_folders_that_nobody_came_to_were_read",
    ),
    *each(
        3,
        "Sizes of the pieces in which a set is checked: a folder that became a link is not "
        "followed.",
        "vault/parallel/test_any_damage.py",
        "test_a_folder_exchanged_for_a_link_meanwhile_is_not_followed",
    ),
    *each(
        2,
        "How many folders a disk has that is known by another number: they are linked to.",
        "vault/copying/test_devices.py",
        "test_a_disk_that_is_known_by_another_number_is_linked_to",
    ),
    *each(
        2,
        "Whether there is a former copy: no more results wait than there is room for.",
        "vault/copying/pieces/test_pieces_waiting.py",
        "test_no_more_results_wait_than_there_is_room_for",
    ),
)
