"""What we ask in a session, and how it is put on the wire."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.ondemand.agents import Offer, suffix
from bot.ondemand.files import MEDIA_KNOWLEDGE

_PLACES = ("{context}", "{question}")


def fulfillment_prompt(instructions: str) -> str:
    """Instructions as the platform wants them: with places for the context and the question.

    The platform once required both places and now seems not to (documented 2024, observed live
    2026); a prompt that has them works either way. Other braces become parentheses, since
    nobody outside knows how its templates would read them.

    >>> fulfillment_prompt("Be brief.")
    'Be brief.\\n\\nContext: {context}\\nQuestion: {question}'
    """
    kept = instructions.strip()
    for number, place in enumerate(_PLACES):
        kept = kept.replace(place, f"\0{number}")
    kept = kept.replace("{", "(").replace("}", ")")
    for number, place in enumerate(_PLACES):
        kept = kept.replace(f"\0{number}", place)
    missing = [
        f"{name}: {place}"
        for name, place in zip(("Context", "Question"), _PLACES, strict=True)
        if place not in kept
    ]
    return "\n\n".join(filter(None, [kept, "\n".join(missing)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How the model should answer. What is None is left to the endpoint.

    There is no limit of tokens here: the undocumented one empties the answer (observed live,
    2026-07). Ranges are the documented ones; anything outside is a ValueError.
    """

    #: Standing instructions. They go with every query, since a session does not keep them.
    instructions: str | None = field(default=None, repr=False)
    temperature: float | None = None  # 0 to 2
    top_p: float | None = None  # 0 to 1
    presence_penalty: float | None = None  # 0 to 2
    frequency_penalty: float | None = None  # 0 to 2
    stop_sequences: tuple[str, ...] = ()  # 4 at most

    def __post_init__(self) -> None:
        for name, most in (
            ("temperature", 2),
            ("top_p", 1),
            ("presence_penalty", 2),
            ("frequency_penalty", 2),
        ):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= most:
                raise ValueError(f"{name} goes from 0 to {most}")
        if len(self.stop_sequences) > 4:
            raise ValueError("at most 4 stop sequences")

    def fields(self) -> dict[str, object]:
        """The `modelConfigs` of a query."""
        values: dict[str, object] = {
            "fulfillmentPrompt": self.instructions and fulfillment_prompt(self.instructions),
            "temperature": self.temperature,
            "topP": self.top_p,
            "presencePenalty": self.presence_penalty,
            "frequencyPenalty": self.frequency_penalty,
            "stopSequences": list(self.stop_sequences) or None,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question to an assistant in a session. Only the new words: the session has the rest.

    There is no attachment: files belong to the session they were uploaded to.
    """

    text: str = field(repr=False)
    #: What is asked instead where the files of the session cannot be used: the platform does not
    #: take `MEDIA_KNOWLEDGE`. Empty: the same.
    text_without_files: str = field(default="", repr=False)
    #: The model endpoint; see `endpoints.choose`.
    endpoint_id: str
    #: The plugins the assistant may use, by either name; ten count. They replace the session's
    #: own for this query; none at all leaves those in force.
    plugins: Sequence[str] = ()
    tuning: Tuning = Tuning()
    #: Skip retrieval and plugins: quick, and nothing but the model.
    fulfillment_only: bool = False
    #: Undocumented, and refused when it is anything else (observed live, 2026-07).
    effort: Literal["low", "medium", "max"] | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a query needs words")
        if not self.endpoint_id:
            raise ValueError("a query needs an endpoint")

    def body(self, mode: Literal["sync", "stream"], offer: Offer) -> dict[str, object]:
        """The JSON of the query, naming the plugins of the offer."""
        uses_files = suffix(MEDIA_KNOWLEDGE) in offer.plugins
        body: dict[str, object] = {
            "query": self.text if uses_files else self.text_without_files or self.text,
            "endpointId": self.endpoint_id,
            "responseMode": mode,
            **offer.fields(),
        }
        if self.fulfillment_only:
            body["fulfillmentOnly"] = True
        if self.effort:
            body["reasoningEffort"] = self.effort
        if configs := self.tuning.fields():
            body["modelConfigs"] = configs
        return body
