"""Remedies that only a person can follow, each with the reason why no test does what it says.

A key is a part of the remedy's own words. The list is kept short by a test: what could be a
command has to become one.
"""

TOLD: dict[str, str] = {
    "Back these up separately, and say so in your recovery plan.": (
        "what lies outside the root is copied by other means, which are not ours to know"
    ),
    "Make sure that this is the installation that you mean.": (
        "the evidence disagrees: which of two installations is meant, the operator knows alone"
    ),
    "Compare the clock with another one (timedatectl)": (
        "which clock is right is seen on a clock outside the machine"
    ),
    "Look for the cause in the message (memory may have been short)": (
        "what took the memory of that machine, its operator has to find"
    ),
    "by other means.": (
        "which program reads a collection that MongoDB's own leaves out, its operator has to find"
    ),
    "Add each account to register again BEFORE": (
        "register takes accounts by calls that need the platform's own key, and the people's data"
    ),
    "Its owner can upload it again; the file is in the set": (
        "whether an owner wants a file back whose event is gone, the owner knows alone"
    ),
    "They can be kept: if the account is created again": (
        "whether somebody takes an account's name again is not decided at a shell"
    ),
    "They come back only with their event, from a later dump": (
        "whether there is a later dump anywhere, its keepers know alone"
    ),
    "Restore its files with the container stopped": (
        "it is said of a backup in a form that this program does not know: a person has to read it"
    ),
    "Look for what is missing on the platform (a disk": (
        "what shrank is named with its numbers; whether that was meant, its operators know alone"
    ),
}
