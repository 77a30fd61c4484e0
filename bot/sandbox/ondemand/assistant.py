"""Who answers: what was put into its mouth first, its own mind after that."""

from collections import deque
from typing import Any

from bot.sandbox.ondemand.dialects import Answer, Source
from bot.sandbox.ondemand.mind import Question, think


class Assistant:
    """The assistant behind the queries."""

    def __init__(self) -> None:
        self._answers: deque[Answer] = deque()

    def will_say(
        self,
        text: str = "",
        *,
        thinking: tuple[str, ...] = (),
        sources: tuple[Source, ...] = (),
        clarification: tuple[str, ...] = (),
        first_delay: float | None = None,
        word_delay: float | None = None,
        failure: str | None = None,
    ) -> None:
        """Make this the answer to the next query that has none yet, first come first said.

        The delays are real seconds, before the first word and before each other. With `failure` the
        turn fails with that sentence after the text.
        """
        self._answers.append(
            Answer(text, thinking, sources, clarification, first_delay, word_delay, failure)
        )

    def will_say_json(self, answer: dict[str, Any]) -> None:
        """Take an answer as the control API has it. Raises `ValueError` when it is none."""
        known = dict(answer)
        try:
            for name in ("thinking", "clarification"):
                known[name] = tuple(known.get(name, ()))
            known["sources"] = tuple(Source(s["title"], s["url"]) for s in known.get("sources", ()))
            self.will_say(**known)
        except (KeyError, TypeError) as error:
            raise ValueError("an answer has text, thinking, sources, clarification …") from error

    @property
    def waiting(self) -> int:
        """How many answers have not been said yet."""
        return len(self._answers)

    def clear(self) -> None:
        """Forget the answers that have not been said."""
        self._answers.clear()

    def answer(self, question: Question) -> Answer:
        """Answer a question."""
        return self._answers.popleft() if self._answers else think(question)
