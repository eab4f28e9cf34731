"""Steps of a drill: its sandbox is made, proven, worked in, looked at and taken down."""
