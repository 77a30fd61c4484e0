"""Translates: updates into our words, our words into what Telegram's Bot API takes."""
