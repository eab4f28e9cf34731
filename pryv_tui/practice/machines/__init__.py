"""The machines of a practice platform: their engine, containers and the processes of tools."""
