"""What the account can use: its plugins, and the registry of model endpoints."""

from typing import Any

from starlette.responses import JSONResponse, Response

from bot.sandbox.ondemand.asking import Ask, answer, limit_of
from bot.sandbox.ondemand.catalog import ENDPOINTS, PLUGINS, number_of, plugin_to_json
from bot.sandbox.ondemand.records import COMPANY


async def list_plugins(ask: Ask) -> Response:
    """`GET /plugin/v1/list`: the plugins subscribed to; 206 where one that was asked for is not."""
    page, limit = limit_of(ask.option("page"), default=1), limit_of(ask.option("limit"))
    message = "Plugin list fetched successfully"
    if ask.armed("no_plugins"):
        return answer(message, {"total": 0}, page=page, limit=limit)
    subscribed = {plugin.number: plugin for plugin in PLUGINS if plugin.subscribed}
    asked = [number_of(one.strip()) for one in ask.option("pluginIds").split(",") if one.strip()]
    missing = [f"plugin-{number}" for number in asked if number not in subscribed]
    if (partial := ask.take("plugins_partial")) is not None:
        missing = [partial["plugin"]]
    if missing:
        return answer(f"{missing[0]}: plugin subscription not active", status=206)
    listed = [plugin for plugin in subscribed.values() if not asked or plugin.number in asked]
    shown = [
        plugin_to_json(plugin, COMPANY, f"6aca4000{number:016x}")
        for number, plugin in enumerate(listed, 1)
    ]
    start = (page - 1) * limit
    data = {"total": len(shown), "plugins": shown[start : start + limit]}
    return answer(message, data, page=page, limit=limit)


async def list_endpoints(ask: Ask) -> Response:
    """`GET /config/v1/public/endpoints`: every model, also those that were switched off."""
    shown = [endpoint.to_json() for endpoint in ENDPOINTS]
    if kind := ask.option("type"):
        shown = [endpoint for endpoint in shown if endpoint["endpoint_type"] == kind]
    told: Any = {"message": "Endpoints fetched successfully", "endpointsData": shown}
    if (shaped := ask.take("registry_shape")) is not None:
        told = shown if shaped["shape"] == "array" else {"data": shown}
    return JSONResponse(told)
