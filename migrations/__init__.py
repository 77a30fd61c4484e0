"""The history of the database, applied in process by `bot.storage.migrate`."""
