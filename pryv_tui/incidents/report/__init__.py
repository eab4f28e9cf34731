"""The report of an incident, or of single runs: a page to paste into a ticket, or to file."""
