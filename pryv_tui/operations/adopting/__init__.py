"""Read a folder with a backup that was made by hand."""
