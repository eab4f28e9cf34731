"""What a person does about surroundings that are not as they have to be: see `performed.py`."""

EMPTY = "tests/cli/test_empty_values.py"

SURROUNDED: dict[str, tuple[str, ...]] = {
    "Write …=0 to switch it off, …=1 to switch it on.": (
        "tests/vault/parallel/test_which_engine.py::test_it_is_switched_off_by_a_variable",
    ),
    "Give it a value, or remove it: unset …": (
        f"{EMPTY}::test_given_a_value_or_taken_away_it_is_none",
    ),
    "Remove it: Docker accepts no password in an address. Use certificates with TLS": (
        "tests/hosts/test_endpoint.py::test_an_address_with_a_user_alone_is_taken",
        "tests/hosts/test_endpoint.py::test_what_the_refusal_of_a_password_names_is_taken",
    ),
    "Compare this machine's clock with another one: timedatectl": (
        "tests/operations/overview/test_future.py::test_a_new_backup_ends_the_doubt",
    ),
    "_way_out(error, path)": ("tests/runs/locks/test_lock.py::test_locks_elsewhere_are_had",),
    "Free space where temporary files go": (
        "tests/vault/test_held.py::test_another_folder_for_temporary_files_is_used",
    ),
}
