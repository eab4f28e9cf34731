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
    *each(
        3,
        "Parts of a tree: where a part is read nothing else is.",
        "vault/native/test_ahead.py",
        "test_where_a_part_is_read_nothing_else_is",
    ),
    *each(
        2,
        "Whether the C library does it: no more results wait for an earlier one than have room, "
        "and workers give way where the copy does.",
        "vault/parallel/test_copy_pool.py",
        "test_results_that_wait_for_an_earlier_one_are_bounded",
        "test_workers_give_way_where_the_copy_does_and_nobody_does_afterwards",
    ),
    *each(
        2,
        "Ways to check a set: that all its folders became somebody else's is told.",
        "vault/parallel/test_checks.py",
        "test_a_set_whose_folders_all_became_somebody_elses_is_told_so",
    ),
    *each(
        4,
        "Ways to copy a database, by SQLite or not: it is one thread's at a time.",
        "vault/files/sqlite/test_sqlite_threads.py",
        "test_a_database_is_one_threads_at_a_time",
    ),
    *each(
        3,
        "Journals of a database, and by what name somebody closes it: no writer gets in.",
        "vault/files/sqlite/test_sqlite_threads.py",
        "test_a_descriptor_that_somebody_closes_lets_no_writer_in",
    ),
    *each(
        4,
        "Journals of a database whose writers never stop: its copy, by Python, is whole.",
        "vault/files/sqlite/test_sqlite_held.py",
        "test_writers_that_never_stop_tear_nothing",
    ),
    *each(
        2,
        "How many links fit, and whether it is cancelled: of those that are counted no more is "
        "kept.",
        "vault/copying/test_count.py",
        "test_of_links_no_more_is_kept_than_has_room",
        "test_a_count_ends_between_two_links",
    ),
    *each(
        2,
        "Ways in which a log is brought in: no byte of a database's head makes it another.",
        "vault/native/test_logs.py",
        "test_no_byte_of_a_head_makes_it_another",
    ),
    *each(
        3,
        "Bytes of a schema that SQLite can't read: it is copied as it is, and found.",
        "vault/native/test_logs.py",
        "test_a_schema_that_sqlite_can_not_read_is_copied_as_it_is_and_the_check_of_the_set_finds_it",
    ),
    *each(
        3,
        "Proofs by which a database is linked: the C library does as Python does.",
        "vault/native/test_copied_logs.py",
        "test_it_is_copied_and_linked_as_python_does_it",
    ),
    *each(
        4,
        "Ways to copy what was linked, and what of it changed: what lies there counts.",
        "vault/native/test_copied_logs.py",
        "test_a_linked_one_counts_for_what_lies_there",
        "test_what_changed_is_copied_again",
    ),
    *each(
        3,
        "Numbers of inodes with high bits: they are copied and checked in both ways.",
        "vault/native/test_numbers.py",
        "test_both_ways_copy_and_check_where_inodes_have_high_bits",
    ),
    *each(
        3,
        "Acts: much is done by all threads.",
        "vault/parallel/test_few_files.py",
        "test_much_is_done_by_all_threads",
    ),
    *each(
        3,
        "Ways to copy in pieces: lists that were cut are read as far as they go, chains and wide "
        "folders come through.",
        "vault/copying/pieces/test_pieces.py",
        "test_lists_cut_anywhere_are_read_as_far_as_they_go",
        "test_chains_and_wide_folders_come_through",
    ),
    *each(
        3,
        "Ways to copy in pieces: what a later backup had copied is linked too.",
        "vault/copying/pieces/test_pieces_linked.py",
        "test_beside_a_set_what_a_later_backup_had_copied_is_linked_too",
    ),
    *each(
        2,
        "Ways to copy: rsync sees no difference.",
        "vault/copying/test_copy.py",
        "test_rsync_sees_no_difference",
    ),
    *each(
        4,
        "Orders and numbers of lists: names are those that the lists say.",
        "vault/lists/test_names_with_others.py",
        "test_it_is_what_the_lists_say",
    ),
    *each(
        3,
        "Renames at which a move of several disks' content is killed: nothing is lost.",
        "operations/root/test_aside_disks.py",
        "test_a_kill_at_any_rename_loses_nothing",
    ),
    *each(
        2,
        "Releases that wrote a snapshot of Redis: bits that flip in it are found.",
        "formats/test_redis_files.py",
        "test_flipped_bits_and_cuts_in_a_snapshot_are_found",
    ),
    *each(
        3,
        "Lines that are no index, and where: they are told, or read as before.",
        "vault/lists/test_names_with_others.py",
        "test_what_is_no_index_is_told_or_read_as_before",
    ),
    *each(
        3,
        "What a log was exchanged for when it is read again: it is left.",
        "vault/native/test_exchanged.py",
        "test_a_log_that_is_another_when_it_is_read_again_is_left",
    ),
    *each(
        3,
        "Files that would take all memory when they are read: they are refused.",
        "formats/test_bombs.py",
        "test_an_archive_of_a_shard",
        "test_a_document_of_many_small_values",
    ),
)
