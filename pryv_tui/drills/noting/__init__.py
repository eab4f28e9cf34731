"""Texts that people write into a drill's journal, and the removal of personal data from them."""
