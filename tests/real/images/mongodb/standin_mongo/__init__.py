"""Stand-ins for mongodump and mongorestore. NOT MongoDB's tools.

No Debian or Python package holds the real ones, so these write and read the same file formats and
print and exit as the real 100.7 tools were seen to do, as far as a backup tool can tell.
"""

BANNER = "stand-in of the pryv_tui test platform, NOT MongoDB's own tool (behaves as 100.7)"
