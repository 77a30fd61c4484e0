"""Telegram, translated: updates into our words, our words into the Bot API. It decides nothing."""
