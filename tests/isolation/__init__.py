"""Nobody sees another's words: the whole bot, and people who try everything at once."""
