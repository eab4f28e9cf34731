"""Sentences about each one and none that claim nothing of how things are, and why."""

from typing import Final

OF_NAME: Final = "refuses what was named: there is none of that name or kind"
NOT_ASKED: Final = "why one thing could not be asked or taken, as it was found there"
DONE: Final = "says what is done, or what it is for: nothing of how things are"
MEANS: Final = "what a kind of casualty, a word or a column means"
NAME_DECIDES: Final = "what lies on disk half-way, and what it is called: the name decides"

NO_CLAIM: dict[str, dict[str, str]] = {
    "cli/look.py": {
        "No run is known here.": OF_NAME,
        "no role": OF_NAME,
        "a backup's plan takes no set": OF_NAME,
        "is for a restore only": OF_NAME,
        "--order, --hold, --hold-deadline and --gap-budget": OF_NAME,
    },
    "incidents/acts.py": {
        "no incident… is known in …": OF_NAME,
    },
    "incidents/report/naming.py": {
        "no incident of this platform is known in": OF_NAME,
        "no incident and no run": OF_NAME,
    },
    "operations/audit/accounts.py": {
        "has no index of user names: before 1.8 core knows": NOT_ASKED,
    },
    "operations/audit/from_set.py": {
        "holds no events": NOT_ASKED,
        "the set holds no dump of MongoDB of it": NOT_ASKED,
        "the set holds no InfluxDB of": NOT_ASKED,
    },
    "operations/audit/live.py": {
        "no host known here has register": NOT_ASKED,
        "no host known here has core": NOT_ASKED,
    },
    "operations/audit/whose.py": {
        "; no domain is configured here": OF_NAME,
    },
    "operations/comparing/amounts.py": {
        "only their number is known": NOT_ASKED,
    },
    "operations/comparing/live_side.py": {
        "has no container of it (": NOT_ASKED,
        "it has no container": NOT_ASKED,
    },
    "operations/comparing/model.py": {
        "would be on no machine known here": NOT_ASKED,
    },
    "operations/comparing/set_side.py": {
        "the set holds no dump of MongoDB of": NOT_ASKED,
    },
    "operations/comparing/words.py": {
        "If somebody takes such a name, core deletes that": DONE,
    },
    "operations/guards/backup.py": {
        ": it would not be in the set": OF_NAME,
        "no role of a Pryv.io platform was found:": OF_NAME,
    },
    "operations/guards/compose.py": {
        ", which ran when it was made and is not here": NOT_ASKED,
    },
    "operations/guards/containers.py": {
        "no store here": NOT_ASKED,
        "no store": NOT_ASKED,
    },
    "operations/guards/drill.py": {
        "does not exist, and a drill makes no folder but its own": DONE,
    },
    "operations/guards/host.py": {
        "does not look like a Pryv.io installation: it has": NOT_ASKED,
    },
    "operations/guards/links.py": {
        "instead of the link; no container has": DONE,
    },
    "operations/guards/place.py": {
        "would lie on a file system that keeps no files (": NOT_ASKED,
        "no set to compare it with": NOT_ASKED,
    },
    "operations/guards/repository.py": {
        "lie inside each other": NOT_ASKED,
    },
    "operations/kinds/adopt.py": {
        "an adoption that names no folder": OF_NAME,
    },
    "operations/kinds/prune.py": {
        "The sets that no rule keeps are removed": DONE,
    },
    "operations/kinds/restore.py": {
        "The restore itself is done, and stays. Only the check": DONE,
    },
    "operations/kinds/undo.py": {
        "The undo itself is done, and stays. Only the check": DONE,
    },
    "operations/overview/backup_words.py": {
        ", the newest is": DONE,
        "; one is expected every": DONE,
    },
    "operations/plans/backup_hold.py": {
        "accounts can't be held from here: register is on": NOT_ASKED,
    },
    "operations/plans/container.py": {
        "a plan of the kind": OF_NAME,
        "No backup can be taken while it is stopped.": DONE,
    },
    "operations/plans/files.py": {
        "is in the vault: a set is never changed": OF_NAME,
        "has no root here to put the files into": OF_NAME,
    },
    "operations/plans/runbook.py": {
        "! changes what is there; what each such step": DONE,
    },
    "operations/root/kept.py": {
        "comes back by restoring the set… again": DONE,
        ", which is unchanged. When nobody needs them,": DONE,
        "… When nobody needs it, remove it for good: …": DONE,
    },
    "operations/services/answering.py": {
        "no answer within": NOT_ASKED,
    },
    "operations/sets/known_good.py": {
        "Each file's hash is compared while it is copied": DONE,
        "its last check has no time:": NOT_ASKED,
    },
    "operations/sets/known_vaults.py": {
        "has no mark of a vault": NOT_ASKED,
    },
    "operations/sets/restorable.py": {
        "of this program in a root, and never part of a set": OF_NAME,
    },
    "operations/sets/retention.py": {
        ": each rule keeps its number of sets of each": DONE,
        "it is on this machine alone: it was not sent yet,": DONE,
        "; no rule counts it": DONE,
    },
    "operations/sets/targets.py": {
        ": you can't choose only one of them": DONE,
        "): no host of this platform has that role or that": OF_NAME,
    },
    "operations/steps/bringing_back/copy_back.py": {
        ", and was restored like that. No file of Pryv.io needs": DONE,
    },
    "operations/steps/bringing_back/keep_copied.py": {
        ", each disk's own on it": DONE,
    },
    "operations/steps/bringing_back/move_aside.py": {
        ", each disk's own on that disk": DONE,
    },
    "operations/steps/bringing_back/put_back_root.py": {
        ", each disk's own on that disk": DONE,
    },
    "operations/steps/drilling/bring_up.py": {
        "no container of it has a program to send requests with": NOT_ASKED,
        "no answer within": NOT_ASKED,
    },
    "operations/steps/drilling/build_sandbox.py": {
        "has no program that waits (sleep), so its isolation": NOT_ASKED,
    },
    "operations/steps/drilling/check_sandbox.py": {
        "it holds no event": NOT_ASKED,
    },
    "operations/steps/drilling/live_points.py": {
        "influx: no time:": NOT_ASKED,
        "influx: not an answer to each": NOT_ASKED,
    },
    "operations/steps/drilling/in_sandbox.py": {
        ", and the same number of documents in each": DONE,
        ", and SQLite's own check where the set names no": DONE,
        "nobody asked": NOT_ASKED,
    },
    "operations/steps/drilling/prove_isolation.py": {
        "the sandbox could not be proven isolated, so no": DONE,
    },
    "operations/steps/services/hold_platform.py": {
        "Wait until requests under way are written": DONE,
        "nobody would end the hold if this run died": NOT_ASKED,
    },
    "operations/steps/sets/complete_set.py": {
        ", which is never used as a set": NAME_DECIDES,
    },
    "operations/steps/sets/drop_copy.py": {
        "the working copy of": NOT_ASKED,
    },
    "operations/steps/sets/prune_repository.py": {
        "Remove data that no snapshot needs from": DONE,
        "data that no snapshot needs; the next prune": DONE,
        "data that no snapshot of": DONE,
    },
    "operations/steps/taking/adopt_set.py": {
        "a part of a copy in a folder named": NAME_DECIDES,
        "a folder named …, which is never used as a set": NAME_DECIDES,
    },
    "operations/steps/taking/copy_ahead.py": {
        "a part of a copy in a folder named": NAME_DECIDES,
        "no username index here: before 1.8 it is in": NOT_ASKED,
    },
    "operations/steps/taking/copy_root.py": {
        "a part of a copy in a folder named": NAME_DECIDES,
        "holds no file: no backup of it": NOT_ASKED,
    },
    "operations/steps/taking/dump_store.py": {
        "a part of a dump in the dump folder; it never": NAME_DECIDES,
    },
    "operations/stores/influxdb.py": {
        "the set's databases hold no points; the databases": NOT_ASKED,
        "whether InfluxDB has every shard (": DONE,
    },
    "operations/stores/mongo_counts.py": {
        "its shell printed no answer": NOT_ASKED,
        "its container has no shell;": NOT_ASKED,
    },
    "operations/stores/mongo_server.py": {
        "its shell printed no answer": NOT_ASKED,
        "its container has no shell;": NOT_ASKED,
    },
    "operations/stores/mongo_words.py": {
        "mongodump exited 0 but dumped no collection:": NOT_ASKED,
    },
    "operations/stores/mongodb.py": {
        "each was read once more, through mongodump, and": DONE,
        "holds no dump of": NOT_ASKED,
    },
    "operations/stores/near.py": {
        "it has no address on this machine": NOT_ASKED,
    },
    "operations/stores/redis.py": {
        "no answer": NOT_ASKED,
    },
    "platform/casualties.py": {
        "once you know that nobody will take": DONE,
        "After a restore the file is there, but nobody": MEANS,
        "After a restore nobody can reach these points.": MEANS,
        "After a restore nobody sees these points: the": MEANS,
    },
    "platform/services.py": {
        "nobody can log in, and no data is read or written": MEANS,
        "pictures have no previews": MEANS,
        "core has no data, so that its API is down:": MEANS,
        "no mail is sent: no welcome, and no reset of a": MEANS,
    },
    "runs/lock.py": {
        "Name a folder that only you, or root, can write": DONE,
    },
    "runs/record/history.py": {
        "no run … is known in …": OF_NAME,
        "no run is known in": OF_NAME,
    },
    "runs/record/request.py": {
        "this version of the program knows no run of the kind": OF_NAME,
    },
    "runs/start.py": {
        "left no record in": OF_NAME,
    },
    "tui/screens/overview.py": {
        "Every file and dump of the set was compared with": MEANS,
        "What needs a person, the worst first, each with": DONE,
    },
    "tui/text/container.py": {
        "Docker never starts it by itself": DONE,
        "no role": OF_NAME,
        "no health check of its own": NOT_ASKED,
    },
    "tui/text/drill.py": {
        "No command does this: a person does.": DONE,
    },
    "tui/text/overview.py": {
        "no role": OF_NAME,
        "no root at": NOT_ASKED,
    },
    "tui/text/sets.py": {
        "no copy here": NOT_ASKED,
    },
    "tui/text/standing.py": {
        "no answer": NOT_ASKED,
        "no engine answers on": NOT_ASKED,
    },
    "tui/text/words.py": {
        "no role": OF_NAME,
    },
}
