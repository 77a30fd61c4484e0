"""A plain python-telegram-bot application that echoes: what delivery is measured against.

It is written as the library's own examples are, with its own polling and its own intake in memory.
`TELEGRAM_API_URL` and `TELEGRAM_BOT_TOKEN` say where it works.
"""

import os

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Say the same."""
    if update.message and update.message.text and update.message.chat.type == "private":
        await update.message.reply_text(update.message.text)


def main() -> None:
    """Poll until told to end."""
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_BOT_TOKEN"])
        .base_url(os.environ["TELEGRAM_API_URL"] + "/bot")
        .concurrent_updates(256)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


if __name__ == "__main__":
    main()
