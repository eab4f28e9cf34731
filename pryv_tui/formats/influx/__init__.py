"""Files of InfluxDB that hold points, read without its server."""
