"""Everybody who plays a part: makes people and groups, and finds them again."""

from dataclasses import dataclass, field

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.groups import Bot, Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.world import Member


@dataclass(slots=True)
class Cast:
    """The people and groups of one sandbox, by id."""

    cloud: Cloud
    #: Whether the bot hears of the groups that are founded with it; else it was in them for long.
    tells_of_founding: bool = True
    people: dict[int, Person] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    bot: Bot = field(init=False)

    def __post_init__(self) -> None:
        self.bot = Bot(self.cloud.bot)

    def person(
        self,
        name: str,
        *,
        language: str | None = "en",
        username: str | None = None,
        forbids_voice: bool = False,
    ) -> Person:
        """Let somebody in. The bot cannot write to them before they have written to it."""
        user = self.cloud.world.add_user(
            name, language=language, username=username, forbids_voice=forbids_voice
        )
        person = self.people[user.id] = Person(self.cloud, user)
        return person

    def group(
        self,
        title: str,
        owner: Person,
        *others: "Person | Bot",
        supergroup: bool = True,
        forum: bool = False,
    ) -> Group:
        """Found a group; only who is named is in it."""
        chat = self.cloud.world.add_group(title, supergroup=supergroup, forum=forum)
        chat.members[owner.id] = Member(owner.user, "creator")
        people = [one.user for one in others if isinstance(one, Person)]
        chat.members.update((user.id, Member(user)) for user in people)
        group = self.groups[chat.id] = Group(self.cloud, chat, owner.user)
        for one in others:
            if isinstance(one, Bot) and self.tells_of_founding:
                group.change(one, "member")
            elif isinstance(one, Bot):
                chat.members[one.user.id] = Member(one.user)
        return group
