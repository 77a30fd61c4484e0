"""Answering a pressed button."""

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.methods.targets import Parameters
from bot.sandbox.telegram.refusals import QUERY_TOO_OLD, bad
from bot.sandbox.telegram.updates import PRESS_LIFE


def answer_callback_query(cloud: Cloud, p: Parameters) -> bool:
    """Stop the clock on the button, and show the person a line or an alert, if there is a text."""
    press = cloud.presses.get(p["callback_query_id"])
    if press is None or cloud.clock() - press.at > PRESS_LIFE:
        raise bad(QUERY_TOO_OLD)
    if press.answer is not None:
        # Telegram takes a second answer and shows it nowhere.
        cloud.remark("the callback query was answered before")
        return True
    press.answer = p
    cloud.changes.tell(press.person.id)
    return True


HANDLERS = {"answerCallbackQuery": answer_callback_query}
