"""Signatures of a drill's record: the operator's, the reviewer's, and how both are verified."""
