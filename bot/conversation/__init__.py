"""What the bot does, in our own words. It has never heard of Telegram, SQL or HTTP."""
