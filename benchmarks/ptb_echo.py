"""A plain python-telegram-bot application that echoes: what delivery is measured against.

It is written as the library's own examples are, with its own polling or its own webhook, and its
own intake in memory. It takes the same variables as the bot.
"""

import os

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Say the same."""
    if update.message and update.message.text and update.message.chat.type == "private":
        await update.message.reply_text(update.message.text)


def main() -> None:
    """Poll, or be called where there is a webhook, until told to end."""
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_BOT_TOKEN"])
        .base_url(os.environ["TELEGRAM_API_URL"] + "/bot")
        .concurrent_updates(256)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, echo))
    if url := os.environ.get("WEBHOOK_URL"):
        application.run_webhook(
            listen="127.0.0.1",
            port=int(os.environ["PORT"]),
            url_path="hook",
            webhook_url=f"{url}/hook",
            secret_token=os.environ["WEBHOOK_SECRET"],
        )
    else:
        application.run_polling()


if __name__ == "__main__":
    main()
