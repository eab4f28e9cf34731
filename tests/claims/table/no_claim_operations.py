"""What claims nothing: operations: plans, steps, checks and stores."""

NO_CLAIM: dict[str, dict[str, str]] = {
    "operations/adopting/facts.py": {
        "none is configured here": "says what is not known",
    },
    "operations/audit/afterwards.py": {
        "until nothing remains": "says until when an act is to be repeated",
    },
    "operations/audit/other_cores.py": {
        "register names several cores": "says what is not known",
    },
    "operations/audit/live_words.py": {
        "more: pryv-tui audit": "names a command that shows them",
    },
    "operations/comparing/words.py": {
        "Only accounts, events, attachments": "says what is not compared",
    },
    "operations/emptied/asked.py": {
        ". If none of it is wanted: ": "says when an act is right, which a person knows",
    },
    "operations/containers/again.py": {
        "which brings up what does not exist": "says what a program of Pryv.io is for",
    },
    "operations/guards/backup.py": {
        "roles to back up with --role": "asks for an act",
        "Bring the platform up, or name its root": "asks for an act",
    },
    "operations/guards/compose.py": {
        "not here, and can't be brought up": "says what can't be done",
    },
    "operations/guards/containers.py": {
        "Use --hold everything": "asks for an act",
    },
    "operations/guards/place.py": {
        "a practice platform needs none": "says why a check does not apply",
    },
    "operations/guards/restore.py": {
        "If none of that data is wanted": "says when an act is right, which a person knows",
    },
    "operations/holding.py": {
        "passed before everything that must match was backed up": "says that not all was taken",
    },
    "operations/overview/overview.py": {
        "Back up every role together": "asks for an act",
        "To see everything that is wrong": "names a command that shows it",
    },
    "operations/overview/unsettled.py": {
        "until nothing is left": "says until when an act is to be repeated",
    },
    "operations/plans/backup_hold.py": {
        "Declare its host in the": "asks for an act",
    },
    "operations/root/compose.py": {
        "up": "a word of docker-compose",
    },
    "operations/services/rescue.py": {
        "whether its files hold everything that it has": "says what is not known",
    },
    "operations/services/staying_up.py": {
        "these do not come up": "says what does not run",
        "run and stay up; these do not": "says what does not run",
        "does not stay up (…)": "says what does not run",
        "these do not stay up": "says what does not run",
    },
    "operations/sets/retention.py": {
        "and nothing is known about it here": "says that it is not known",
    },
    "operations/lost/words.py": {
        "If … lost, restore that set": "asks a person, and says what to do where it is so",
        "If … lost, bring … back before": "asks a person, and says what to do where it is so",
    },
    "operations/settings/configuration.py": {
        "how much time of what users wrote may be lost": "says what a setting is for",
        "a whole number from": "tells what is wrong with a file",
        "it belongs to the whole file": "tells what is wrong with a file",
    },
    "operations/settings/place_names.py": {
        "Write the whole path": "asks for a word",
    },
    "operations/steps/bringing_back/copy_back.py": {
        "in all were restored with special rights": "a sum",
    },
    "operations/steps/bringing_back/close_restore.py": {
        "Check that the started containers stay up": "the title of a step",
    },
    "operations/steps/bringing_back/try_moves.py": {
        "Check that everything can be moved back": "the title of a step",
    },
    "operations/steps/services/hold_platform.py": {
        "or back up without holding": "asks for an act",
        "Hold everything: stop nginx": "the title of a step",
    },
    "operations/steps/services/start_services.py": {
        "up": "a word of docker-compose",
        "bring it up by hand": "asks for an act",
        "can't be brought up": "says what can't be done",
        "on … can't be brought up": "says what can't be done",
    },
    "operations/steps/sets/verify_set.py": {
        " in all": "a sum",
    },
    "operations/steps/taking/audit_gap.py": {
        "All of them: pryv-tui": "names a command that shows them",
    },
    "operations/steps/taking/check_store.py": {
        "all of …": "says what could not be checked in full",
    },
    "operations/stores/influxdb.py": {
        "is not whole: …": "says that it is not whole",
    },
    "operations/stores/mongodb.py": {
        "the set is not whole": "says that it is not whole",
        "whether all collections of MongoDB are in it": "says what is not known",
    },
    "operations/stores/redis_words.py": {
        "none is known": "says what is not known",
    },
    "operations/adopting/folder.py": {
        "Name the folder by its whole path.": "asks for an act",
    },
    "operations/guards/host.py": {
        "Back these up separately": "asks for an act",
    },
    "operations/sets/targets.py": {
        "Omit --role, or name all of them: ": "asks for an act",
        "Omit --role, or name all of them.": "asks for an act",
    },
    "operations/site.py": {
        "Check that all that is in it is yours": "asks for an act",
    },
    "operations/steps/drilling/bring_up.py": {
        "Bring up": "the title of a step",
    },
}
