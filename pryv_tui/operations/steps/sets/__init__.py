"""Steps that begin, complete, send, fetch, verify and remove sets."""
