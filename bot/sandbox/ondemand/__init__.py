"""The OnDemand platform on loopback: strict, offline, and able to misbehave on request.

It is written from what is known of the platform and shares nothing with our client, so that a
mistake in one is not repeated by the other.
"""

from bot.sandbox.ondemand.assistant import Assistant
from bot.sandbox.ondemand.company import Call
from bot.sandbox.ondemand.dialects import Answer, Source
from bot.sandbox.ondemand.sandbox import OnDemandSandbox

__all__ = ["Answer", "Assistant", "Call", "OnDemandSandbox", "Source"]
