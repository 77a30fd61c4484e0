"""The rules of the use cases."""
