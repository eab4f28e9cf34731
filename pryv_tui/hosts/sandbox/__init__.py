"""The containers of a drill: made beside the platform's, and kept from everything else."""
