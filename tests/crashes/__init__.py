"""The bot as a real process between the two sandbox servers, really killed."""
