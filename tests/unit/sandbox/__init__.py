"""The parts of the sandbox, one at a time."""
