"""What runs in a container: waited for, ended by its token, brought up again."""
