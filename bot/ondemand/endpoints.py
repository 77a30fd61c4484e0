"""Which model endpoint answers.

Endpoints go inactive under a running program, those in the platform's own samples included
(observed live, 2026-09). So none is fixed: we prefer, in this order, what the registry says lives.
"""

from collections.abc import Iterable, Sequence

from bot.ondemand.models import Endpoint

#: Quick generalists that take plugins first, thorough ones next, the Claude family last: it
#: refused queries with plugins (observed live, 2026-07).
PREFERENCES = (
    "predefined-gpt-5.6-sol",
    "predefined-gemini-3.8-flash",
    "predefined-gpt-5.6-terra",
    "predefined-gpt-5.6-luna",
    "predefined-deepseek-v4-flash",
    "predefined-glm-5.3-flash",
    "predefined-kimi-k3-fast",
    "predefined-deepseek-v4-pro",
    "predefined-qwen-3.8-max",
    "predefined-xai-grok4.6",
    "predefined-gpt-6-astra",
    "predefined-claude-sonnet-5.5",
    "predefined-claude-sonnet-5",
)


def choose(
    registry: Iterable[Endpoint], *, preferences: Sequence[str] = PREFERENCES
) -> Endpoint | None:
    """The best endpoint to stream from: the first preference that lives, else any that does.

    None only when the registry has nothing active that streams.
    """
    alive = {each.id: each for each in registry if each.is_active and each.streams}
    for wanted in preferences:
        if wanted in alive:
            return alive[wanted]
    predefined = (each for each in alive.values() if each.id.startswith("predefined-"))
    return next(predefined, next(iter(alive.values()), None))
