"""The plan that a request asks for."""
