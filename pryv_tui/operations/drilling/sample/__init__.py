"""What of a sandbox is compared with its set record by record."""
