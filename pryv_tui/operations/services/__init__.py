"""Work with a platform's containers during a run: stop, start and watch them, rescue their data."""
