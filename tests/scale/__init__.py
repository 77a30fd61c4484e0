"""Many processes of the bot on one PostgreSQL, killed, frozen and replaced while people talk."""
