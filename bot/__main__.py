"""`python -m bot` is `ondemand-bot`."""

from bot.cli import main

main()
