"""Steps that open, complete, send, fetch, verify and remove sets."""
