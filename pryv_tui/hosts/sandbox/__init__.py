"""The containers of a drill: made beside the platform's, and isolated from everything else."""
