"""What people do on Telegram, handed to the use case it is meant for. A module for each feature."""
