"""An embedded platform without Docker: for learning, drills, a first look and tests."""
