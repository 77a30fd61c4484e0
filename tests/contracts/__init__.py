"""One suite for every implementation: what holds on SQLite holds on PostgreSQL."""
