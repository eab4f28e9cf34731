"""The compiled part: folders of plain files in one call."""
