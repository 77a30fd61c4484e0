"""Methods by which the bot gets its updates: polling, and the webhook."""

import re
from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.methods.targets import Parameters
from bot.sandbox.telegram.refusals import bad, webhook_is_active
from bot.sandbox.telegram.webhook import MOST_CONNECTIONS, Webhook, webhook_fault

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


async def get_updates(cloud: Cloud, p: Parameters) -> Any:
    """Wait for updates. They come as JSON already, since they were written down as they happened.

    Raises `Refusal` 409 while a webhook is set, or when somebody else polls meanwhile.
    """
    if cloud.webhook:
        raise webhook_is_active()
    return await cloud.updates.poll(
        offset=p.get("offset", 0),
        limit=p.get("limit", 100),
        seconds=p.get("timeout", 0),
        allowed=p.get("allowed_updates"),
    )


async def set_webhook(cloud: Cloud, p: Parameters) -> bool:
    """Deliver updates to a URL from now on; an empty one goes back to polling."""
    if not p["url"]:
        return await delete_webhook(cloud, p)
    if fault := webhook_fault(p["url"]):
        raise bad(f"bad webhook: {fault}")
    secret = p.get("secret_token", "")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    await _end(cloud, p)
    cloud.updates.allow(p.get("allowed_updates"))
    connections = min(max(p.get("max_connections", 40), 1), MOST_CONNECTIONS)
    cloud.last_webhook = Webhook(
        p["url"],
        secret,
        connections,
        updates=cloud.updates,
        clock=cloud.clock,
        obey=cloud.obey,
        pace=cloud.retry_pace,
    )
    return True


async def delete_webhook(cloud: Cloud, p: Parameters) -> bool:
    """Go back to polling. What is not delivered yet waits for it, unless it shall be dropped."""
    await _end(cloud, p)
    return True


async def _end(cloud: Cloud, p: Parameters) -> None:
    webhook, cloud.last_webhook = cloud.last_webhook, None
    if webhook:
        await webhook.close()
    if p.get("drop_pending_updates"):
        cloud.updates.clear()


def get_webhook_info(cloud: Cloud, _: Parameters) -> Any:
    """Return where updates go, how many wait, and what went wrong last."""
    cloud.updates.expire()
    waiting = {"pending_update_count": len(cloud.updates.pending)}
    if not cloud.webhook:
        return {"url": "", "has_custom_certificate": False, **waiting}
    return {**cloud.webhook.to_json(), **waiting, "allowed_updates": sorted(cloud.updates.allowed)}


async def log_out(cloud: Cloud, p: Parameters) -> bool:
    """Leave the cloud's Bot API server; the sandbox lets the bot come back at once."""
    return await delete_webhook(cloud, p)


HANDLERS = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "logOut": log_out,
    "close": log_out,
}
