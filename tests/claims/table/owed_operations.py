"""What nobody has seen noticed yet: operations: plans, steps, checks and stores."""

OWED: dict[str, dict[str, tuple[str, ...]]] = {
    "operations/overview/backup_words.py": {
        "was refused …, and none was taken": (),
    },
    "operations/overview/serving_words.py": {
        "up": (),
    },
    "operations/plans/container.py": {
        "so that it begins with nothing": (),
    },
    "operations/plans/recover.py": {
        "nothing is deleted": (),
    },
    "operations/plans/undo.py": {
        "it moved nothing aside": (),
        "it put nothing back": (),
        "moved nothing aside: there is nothing to undo": (),
    },
    "operations/root/aside.py": {
        "nothing is mounted there any more": (),
    },
    "operations/root/kept.py": {
        "Its data is moved aside with all that is there now": (),
        "may be only here": (
            "tests/claims/test_of_platforms.py"
            "::test_only_here_is_not_said_surely_of_what_a_set_may_hold",
        ),
    },
    "operations/root/stopped.py": {
        "All that it holds is in its process alone": (),
    },
    "operations/sets/gone_again.py": {
        "; nothing was changed": (),
    },
    "operations/sets/known_good.py": {
        "can't be verified while it is copied back": (),
    },
    "operations/sets/missing_roles.py": {
        "… lost": (),
    },
    "operations/steps/bringing_back/bring_files.py": {
        "nothing else was touched": (),
    },
    "operations/steps/bringing_back/close_restore.py": {
        "and nothing is mounted there any more": (),
    },
    "operations/steps/bringing_back/move_aside.py": {
        "everything that was there, in": (),
        "nothing is mounted there now; nothing was moved": (),
    },
    "operations/steps/bringing_back/put_back_root.py": {
        "everything, in": (),
    },
    "operations/steps/bringing_back/try_moves.py": {
        "nothing was stopped": (),
    },
    "operations/steps/services/hold_follower.py": {
        "nothing to hold": (),
    },
    "operations/steps/services/hold_platform.py": {
        "Nothing new comes in any more": (),
        "does not run: nothing comes in through it": (),
    },
    "operations/steps/sets/check_set.py": {
        "all as it was sent": (),
        "all data": (),
    },
    "operations/steps/sets/forget_set.py": {
        "the set or nothing of it": (),
    },
    "operations/steps/sets/prune_repository.py": {
        "nothing that any snapshot holds goes": (),
    },
    "operations/steps/sets/verify_set.py": {
        "is not what it says it is; nothing was changed": (),
        "is not what was verified; nothing was changed": (),
    },
    "operations/steps/taking/adopt_set.py": {
        "nothing in it belongs to the platform's user": (),
    },
    "operations/steps/taking/check_store.py": {
        ", each whole": (),
    },
    "operations/steps/taking/dump_store.py": {
        "nothing: Redis rewrites its own file": (),
    },
    "operations/stores/base.py": {
        "and nothing starts it": (),
    },
    "operations/stores/influxdb.py": {
        "all there": (),
        "nothing to restore": (),
    },
    "operations/stores/redis.py": {
        "Redis saves nothing when it is asked to": (),
    },
    "operations/stores/redis_server.py": {
        "none of those known is the right one": (
            "tests/operations/stores/test_redis_forms.py"
            "::test_a_wrong_password_is_no_empty_register",
        ),
    },
}
