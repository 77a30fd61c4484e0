"""Telegram's half of the sandbox over real HTTP: what a bot can rely on."""
