"""Incidents: a loss and everything that is done about it, recorded together in one journal."""
