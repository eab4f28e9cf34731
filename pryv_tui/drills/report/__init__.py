"""The report of a drill: one page to read, one to file, made of its record alone."""
