"""The command line, as an operator types it: real processes, real exit codes."""
