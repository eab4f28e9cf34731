"""Incidents: a loss and all that is done about it, as one thing with a journal of its own."""
