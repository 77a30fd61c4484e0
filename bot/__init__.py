"""OnDemand for Telegram: the assistant of the OnDemand platform, as a Telegram bot."""
