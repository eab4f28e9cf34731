"""Drills: rehearsed losses of data, their results on record, and when the next drill is due."""
