"""The record of a drill, made from its journals when the drill is over. A record never changes."""
