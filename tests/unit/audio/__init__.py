"""The rules of sound."""
