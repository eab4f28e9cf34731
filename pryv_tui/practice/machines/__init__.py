"""The machines of a practice platform: their engine, containers and tools' processes."""
