"""InfluxDB's files with points, read without its server."""
