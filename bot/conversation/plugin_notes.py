"""What is told of plugins below an answer: which were lost, and which were used."""

from collections.abc import Iterator, Sequence

from bot.conversation.lines import quoted
from bot.conversation.phrases import say
from bot.conversation.plugin_choices import choice_here
from bot.conversation.plugins import name_of
from bot.conversation.services import Services
from bot.conversation.turns import Turn, Utterance
from bot.ondemand import MEDIA_KNOWLEDGE, AnswerStream, Plugin, suffix
from bot.storage import Transaction


async def put_away(
    stream: AnswerStream, asked: Sequence[Plugin], utterance: Utterance, turn: Turn
) -> None:
    """Switch off what the platform refused to know, and remember to say so.

    It may also refuse plugins as such, some models take none; then the choice stays as it is.
    """
    if utterance.plugins.chosen is None:
        return  # They are the operator's, who finds it in the log.
    refused = set(stream.refused)
    names = [name_of(each) for each in asked if suffix(each.id) in refused]

    async def switch_off(tx: Transaction) -> list[str]:
        conversation = await tx.conversations.find(utterance.conversation)
        here = await choice_here(conversation, utterance.address, utterance.speaker, tx)
        if here.choice.chosen is None or not names:
            return []
        await here.keep(here.choice.without(refused), tx)
        return names

    await turn.step_in("plugins refused", switch_off)
    dropped = set(stream.dropped)
    if dropped - refused and all(suffix(each.id) in dropped for each in asked):
        await turn.remember("plugins not taken", True)


async def note_used(
    plugins: Sequence[Plugin], utterance: Utterance, turn: Turn, services: Services
) -> None:
    """Remember which plugins worked for the answer. One that nobody can name is not told."""
    catalogue, chosen = services.catalogue, utterance.plugins.chosen or ()
    by_id = {suffix(each.id): each for each in chosen if each.name}
    # What reads the conversation's files is ours to send along, and nobody's choice.
    told = [each for each in plugins if suffix(each.id) != suffix(MEDIA_KNOWLEDGE)]
    known = [catalogue.known(by_id.get(suffix(each.id), each)) for each in told]
    used = turn.recall("used")
    before = [str(each) for each in used] if isinstance(used, list) else []
    names = [name_of(each) for each in known if each.name]
    after = list(dict.fromkeys([*before, *names]))
    if after != before:
        await turn.remember("used", list(after))


def notes_below(turn: Turn, language: str, *, is_answer: bool) -> Iterator[str]:
    """What is said of the plugins below the answer: which were lost, and which were used."""
    recall = turn.recall
    if isinstance(gone := recall("plugins refused"), list) and gone:
        yield say("plugins refused", language, names=_listed(gone))
    if recall("plugins not taken") is True:
        yield say("plugins not taken", language)
    if isinstance(used := recall("used"), list) and is_answer:
        yield say("plugins used", language, names=_listed(used))


def _listed(names: Sequence[object]) -> str:
    return ", ".join(quoted(str(name)) for name in names)
