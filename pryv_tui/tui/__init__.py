"""The terminal interface: views of a deployment, a plan or a journal."""
