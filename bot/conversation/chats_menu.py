"""The menu of conversations: listed, searched, opened, renamed, deleted, told again."""

from collections.abc import Sequence
from typing import Any, Final

from bot.conversation.lines import cut, escaped, isolated, matches
from bot.conversation.menus import (
    BY_ADMINS,
    Audience,
    Choice,
    Pressed,
    Presser,
    Screen,
    fields_of,
    turning,
)
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.sessions import delete_session
from bot.conversation.settings import place_of
from bot.conversation.titles import named
from bot.conversation.turns import BY_THE_PERSON
from bot.storage import JSON, Conversation, Menu, Place, Transaction

#: Conversations on a page, and graphemes of their titles that a button has room for.
PAGE: Final = 6
_ON_A_BUTTON: Final = 32

#: Titles are encrypted, so a search reads them: the newest so many, and so many at a time, that
#: others have their turn in between.
SEARCHED: Final = 500
_AT_A_TIME: Final = 100

#: Characters of the words to search for.
_LONGEST_SEARCH: Final = 100


class ChatsMenu:
    """The conversations of a place. Its state is what is looked at:

    - a page of the list (`page`), of all or of those with some `words` in their titles,
    - one conversation (`chat`), perhaps while it is asked (`ask`) how to `rename` it or whether to
      `delete` it. The page and the words stay, to lead back.

    After a deletion (`deleted`) `left` is its session, which OnDemand may not have deleted yet.
    """

    audience: Audience = "opener"

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """The list, or one conversation of it."""
        state, language = fields_of(menu), presser.language
        async with services.store.read() as tx:
            place = await place_of(presser.address, presser.user, tx)
            found = await _find(state.get("chat"), menu, presser, tx)
        if found is None:
            return await _list(state, place, language, services)
        needs_admin: list[JSON] = [BY_ADMINS] if _is_shared_in_group(found, presser) else []
        title = f"**{escaped(found.title or '') or say('chats untitled', language)}**"
        back = [[Choice(say("back", language), ["look", found.id])]]
        match state.get("ask"):
            case "rename":
                text = say("chats rename how", language, title=title)
                return Screen(text, back, awaits=[*needs_admin, "renamed", found.id])
            case "delete":
                sure = Choice(say("chats delete sure", language), [*needs_admin, "gone", found.id])
                return Screen(say("chats delete ask", language, title=title), [[sure], *back])
        return _one(found, title, needs_admin, language)

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Look at another page or conversation, or do something with one."""
        state = fields_of(menu)
        listed: dict[str, JSON] = {n: state[n] for n in ("page", "words") if n in state}
        is_admins = means[:1] == [BY_ADMINS]
        means = means[1:] if is_admins else means
        match means:
            case ["page", int(page)]:
                return Pressed({**listed, "page": max(0, page)})
            case ["search", str(words)]:
                return Pressed({"words": words.strip()[:_LONGEST_SEARCH]})
            case ["all"]:
                return Pressed({})
            case ["back"]:
                return Pressed(listed)
        found = await _find(means[1] if len(means) > 1 else None, menu, presser, tx)
        if found is None:
            return Pressed(listed, toast="chats gone")
        looked_at: dict[str, JSON] = {**listed, "chat": found.id}
        may_change = is_admins or not _is_shared_in_group(found, presser)
        match means:
            case ["open", _]:
                await tx.conversations.open_again(found, at=presser.at)
                return Pressed(looked_at, toast="chats opened")
            case ["history", _, str(form)]:
                return Pressed(looked_at, wish="history", about=[found.id, form])
            case [("rename" | "delete") as ask, _] if may_change:
                return Pressed({**looked_at, "ask": ask})
            case ["renamed", _, str(words)] if may_change and named(words):
                await tx.conversations.rename(found.id, named(words))
            case ["gone", _] if may_change:
                await tx.files.release_conversation(found.id)
                await tx.conversations.delete(found.id)
                if found.session_id is not None:
                    await tx.sessions.leave(found.session_id, at=presser.at)
                return Pressed({**listed, "deleted": found.id, "left": found.session_id})
        return Pressed(looked_at)

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """End what is being answered in a conversation that is deleted, and delete its session."""
        if "gone" not in means[:2]:
            return
        async with services.store.read() as tx:
            now = await tx.menus.find(menu.name)
        state = fields_of(now) if now is not None else {}
        if (deleted := state.get("deleted")) is not None:
            made = await services.running.look(presser.address)
            if made is not None and made.conversation == deleted:
                await services.running.stop(presser.address, made, BY_THE_PERSON)
        if isinstance(left := state.get("left"), str):
            async with services.store.read() as tx:
                is_left = await tx.sessions.is_left(left)
            if is_left:
                await delete_session(left, services)


async def search(
    place: Place, words: str, services: Services, *, skip: int, most: int
) -> list[Conversation]:
    """Conversations of this place whose titles have these words, newest first."""
    found: list[Conversation] = []
    for at in range(0, SEARCHED, _AT_A_TIME):
        async with services.store.read() as tx:
            looked = await tx.conversations.listed(place, limit=_AT_A_TIME, skip=at)
        found += [each for each in looked if matches(each.title or "", words)]
        if len(looked) < _AT_A_TIME or len(found) >= skip + most:
            break
    return found[skip : skip + most]


async def _list(state: dict[str, Any], place: Place, language: str, services: Services) -> Screen:
    page, words = state.get("page", 0), state.get("words", "")
    skip = page * PAGE
    if words:
        found: Sequence[Conversation] = await search(
            place, words, services, skip=skip, most=PAGE + 1
        )
        phrase = "chats found" if found else "chats not found"
    else:
        async with services.store.read() as tx:
            found = await tx.conversations.listed(place, limit=PAGE + 1, skip=skip)
        phrase = "chats" if found else "chats none"
    if not found and page:  # The last one of this page was deleted.
        return await _list({**state, "page": 0}, place, language, services)
    rows = [
        [Choice(_label(each, language), ["look", each.id], each.closed_at is None)]
        for each in found[:PAGE]
    ]
    pages = turning(page, is_last=len(found) <= PAGE)
    everything = [Choice(say("chats all", language), ["all"])]
    text = [await _notice(state, language, services), say(phrase, language, words=escaped(words))]
    return Screen(
        "\n\n".join(filter(None, text)),
        [*rows, *pages, *([everything] if words else [])],
        awaits=["search"],
    )


async def _notice(state: dict[str, Any], language: str, services: Services) -> str:
    """What became of the conversation that was just deleted, or is no longer there."""
    if "deleted" in state:
        async with services.store.read() as tx:
            is_left = state["left"] is not None and await tx.sessions.is_left(state["left"])
        return say("chats deleted here" if is_left else "chats deleted", language)
    return say("chats gone", language) if "chat" in state else ""


def _one(found: Conversation, title: str, needs_admin: list[JSON], language: str) -> Screen:
    is_open = found.closed_at is None
    text = [
        title,
        say("chats begun", language, date=f"{found.opened_at:%Y-%m-%d}"),
        say("chats open now", language) if is_open else "",
    ]
    history: list[Choice] = [
        Choice(say("chats history", language), ["history", found.id, ""]),
        Choice(".md", ["history", found.id, "md"]),
        Choice(".json", ["history", found.id, "json"]),
    ]
    change = [
        Choice(say(f"chats {verb}", language), [*needs_admin, verb, found.id])
        for verb in ("rename", "delete")
    ]
    opening = [] if is_open else [[Choice(say("chats open", language), ["open", found.id])]]
    back = [Choice(say("back", language), ["back"])]
    return Screen("\n\n".join(filter(None, text)), [*opening, history, change, back])


def _label(conversation: Conversation, language: str) -> str:
    title = cut(conversation.title or say("chats untitled", language), _ON_A_BUTTON)
    return f"{isolated(title)} · {conversation.opened_at:%Y-%m-%d}"


async def _find(
    number: object, menu: Menu, presser: Presser, tx: Transaction
) -> Conversation | None:
    """The conversation of this number, if it is of this place and not somebody else's alone."""
    if not isinstance(number, int):
        return None
    found = await tx.conversations.find(number)
    if found is None or (found.chat_id, found.topic_id) != (menu.chat_id, menu.topic_id):
        return None
    return found if found.member_id in {None, presser.user} else None


def _is_shared_in_group(conversation: Conversation, presser: Presser) -> bool:
    return presser.address.is_group and conversation.member_id is None
