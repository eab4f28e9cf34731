"""Backup, restore and undo as plans: data that can be shown, printed or run."""
