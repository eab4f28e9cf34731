"""The C library: it copies, reads or counts folders of plain files, thousands of entries a call."""
