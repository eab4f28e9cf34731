"""The record of a drill: gathered from journals when the drill is over, and never changed again."""
