"""Steps of a backup: they dump, copy and check the data of a platform."""
