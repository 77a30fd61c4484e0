"""What keeps an utterance from being answered, beside the failures of others."""


class UnheardError(Exception):
    """Nothing can be made of a recording. `phrase` says why to the person."""

    def __init__(self, phrase: str, *, is_operators: bool = False) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        #: Whether an operator has to do something.
        self.is_operators = is_operators
