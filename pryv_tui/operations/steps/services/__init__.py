"""Steps that stop and start containers, hold the platform, and ask its services."""
