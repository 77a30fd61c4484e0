"""The studio, with real worker processes."""
