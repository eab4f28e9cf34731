"""Steps on sets: opened, completed, sent, fetched, removed."""
