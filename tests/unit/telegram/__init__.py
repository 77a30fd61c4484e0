"""The rules of the Telegram room."""
