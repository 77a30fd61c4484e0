"""The tables, readable from top to bottom.

Telegram's own ids are the keys of users and chats. Everything that belongs to one of them refers
to it and goes with it: erasing a user or a chat is one DELETE, and a group that becomes a
supergroup takes everything along in one UPDATE of its id.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    false,
)

from bot.storage.types import Label, Moment, Sound, Words

metadata = MetaData(
    # Named constraints can be altered by a later migration; anonymous ones cannot on SQLite.
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: A row number. SQLite counts by itself only in a column of exactly this type, and gives a number
#: that was deleted to another row unless the table says `sqlite_autoincrement`: a button that was
#: left standing must never mean somebody else's row.
RowId = BigInteger().with_variant(Integer, "sqlite")


def _goes_with(owner: str) -> ForeignKey:
    """Refers to a row of this table, goes with it, and follows a chat to its new number."""
    follows = "CASCADE" if owner == "chats" else None
    return ForeignKey(f"{owner}.id", ondelete="CASCADE", onupdate=follows)


#: The data keys this database was written with, by fingerprint, never the keys themselves.
data_keys = Table(
    "data_keys",
    metadata,
    Column("fingerprint", Label(16), primary_key=True),
    Column("first_used", Moment, nullable=False),
)

#: People who wrote to the bot or pressed a button of it.
users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    # Who OnDemand believes this is: random, so that it tells nothing about the person.
    Column("external_id", Label(32), nullable=False, unique=True),
    # The language of the person's app, an IETF tag, where Telegram tells it.
    Column("language", Label(35)),
    Column("met_at", Moment, nullable=False),
    # When they were last told that they may not come in; empty since they may.
    Column("refused_at", Moment),
)

#: Chats the bot was in. A private chat has the id of its user.
chats = Table(
    "chats",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Label(32), nullable=False),
    # Who OnDemand believes a shared conversation of this chat is.
    Column("external_id", Label(32), nullable=False, unique=True),
    Column("met_at", Moment, nullable=False),
    # Its number as a plain group: what was said there may be worked on after it has moved.
    Column("moved_from", BigInteger),
    Index("uq_chats_moved_from", "moved_from", unique=True),
)

#: The one row that a program reads of a schema newer than itself.
schema_terms = Table(
    "schema_terms",
    metadata,
    # The oldest revision whose program works on this schema. A migration that takes away or renames
    # what an older program uses brings it forward.
    Column("oldest", Label(32), nullable=False),
)

#: Conversations with the assistant. At most one is open in each place.
conversations = Table(
    "conversations",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("chat_id", BigInteger, _goes_with("chats"), nullable=False),
    # Zero outside a topic, so that the unique indexes below hold there too.
    Column("topic_id", BigInteger, nullable=False, server_default="0"),
    # Whose it is in a group where members talk alone; empty where the place shares it.
    Column("member_id", BigInteger, _goes_with("users")),
    # OnDemand's session; empty until the first question needs it.
    Column("session_id", Label(64)),
    Column("title", Words),
    # JSON: the plugins that were chosen for it alone.
    Column("plugins", Words),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    sqlite_autoincrement=True,
)
_is_open = conversations.c.closed_at.is_(None)
_is_shared = conversations.c.member_id.is_(None)
Index(
    "uq_conversations_open_shared",
    conversations.c.chat_id,
    conversations.c.topic_id,
    unique=True,
    sqlite_where=_is_open & _is_shared,
    postgresql_where=_is_open & _is_shared,
)
Index(
    "uq_conversations_open_of_member",
    conversations.c.chat_id,
    conversations.c.topic_id,
    conversations.c.member_id,
    unique=True,
    sqlite_where=_is_open & ~_is_shared,
    postgresql_where=_is_open & ~_is_shared,
)
# What is listed has a title. Ids count up, so they are the order of time.
_has_title = conversations.c.title.is_not(None)
Index(
    "ix_conversations_listed_shared",
    conversations.c.chat_id,
    conversations.c.topic_id,
    conversations.c.id,
    sqlite_where=_has_title & _is_shared,
    postgresql_where=_has_title & _is_shared,
)
Index(
    "ix_conversations_listed_of_member",
    conversations.c.chat_id,
    conversations.c.topic_id,
    conversations.c.member_id,
    conversations.c.id,
    sqlite_where=_has_title & ~_is_shared,
    postgresql_where=_has_title & ~_is_shared,
)
# Erasing a user looks up their conversations.
Index("ix_conversations_member_id", conversations.c.member_id)

#: Sessions of conversations that were deleted here, which OnDemand still has to forget.
sessions_left = Table(
    "sessions_left",
    metadata,
    Column("session_id", Label(64), primary_key=True),
    Column("left_at", Moment, nullable=False),
    # When OnDemand was told last, in vain.
    Column("tried_at", Moment, nullable=False),
)
Index("ix_sessions_left_tried_at", sessions_left.c.tried_at)
Index("ix_sessions_left_left_at", sessions_left.c.left_at)

#: Questions and their answers, so that an answer can be made again, replaced and continued.
answers = Table(
    "answers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("chat_id", BigInteger, _goes_with("chats"), nullable=False),
    Column("conversation_id", RowId, _goes_with("conversations"), nullable=False),
    Column("asker_id", BigInteger, _goes_with("users"), nullable=False),
    # The number of the person's message in the chat.
    Column("question_message", BigInteger, nullable=False),
    Column("question", Words, nullable=False),
    Column("answer", Words, nullable=False),
    # Whether the question was spoken, and the text of it is what we heard.
    Column("is_heard", Boolean, nullable=False, server_default=false()),
    Column("answered_at", Moment, nullable=False),
    UniqueConstraint("chat_id", "question_message"),
    sqlite_autoincrement=True,
)
Index("ix_answers_conversation_id", answers.c.conversation_id, answers.c.id)
Index("ix_answers_asker_id", answers.c.asker_id)

#: Which messages of ours show an answer, speak it, or ask for the right words of its question.
posts = Table(
    "posts",
    metadata,
    Column("chat_id", BigInteger, _goes_with("chats"), primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("answer_id", RowId, _goes_with("answers"), nullable=False),
    Column("asks_for_words", Boolean, nullable=False, server_default=false()),
    Column("is_spoken", Boolean, nullable=False, server_default=false()),
)
Index("ix_posts_answer_id", posts.c.answer_id)

#: What was heard in recordings, so that none is listened to twice.
transcripts = Table(
    "transcripts",
    metadata,
    # Telegram's name for the recording, the same wherever it is sent again.
    Column("recording", Label(64), primary_key=True),
    # Who sent it first.
    Column("user_id", BigInteger, _goes_with("users"), nullable=False),
    Column("text", Words, nullable=False),
    Column("heard_at", Moment, nullable=False),
)
Index("ix_transcripts_user_id", transcripts.c.user_id)
Index("ix_transcripts_heard_at", transcripts.c.heard_at)

#: Recordings and files on their way into OnDemand, which are to be deleted there: recordings when
#: they were heard, files when nothing came of them or their conversation is gone.
uploads = Table(
    "uploads",
    metadata,
    # What the file is called at OnDemand: random, so that it is found there again.
    Column("name", Label(64), primary_key=True),
    # Whose it is there. No reference: it must outlive whoever is erased.
    Column("external_id", Label(32), nullable=False),
    Column("begun_at", Moment, nullable=False),
)

#: Files that OnDemand has read for a conversation.
files = Table(
    "files",
    metadata,
    # What it is called at OnDemand: random, so that it is found there again.
    Column("name", Label(64), primary_key=True),
    Column("conversation_id", RowId, _goes_with("conversations"), nullable=False),
    # Who sent it.
    Column("user_id", BigInteger, _goes_with("users"), nullable=False),
    # Whose it is at OnDemand, the session it was given to, and its number there.
    Column("external_id", Label(32), nullable=False),
    Column("session_id", Label(64), nullable=False),
    Column("media_id", Label(64), nullable=False),
    # Telegram's name for the bytes, the same wherever they are sent again.
    Column("source", Label(64), nullable=False),
    # document, image, audio or video.
    Column("kind", Label(16), nullable=False),
    # What the person calls it.
    Column("display_name", Words, nullable=False),
    # The beginning of what is in it, for questions that cannot use the file itself.
    Column("extract", Words, nullable=False),
    # When it was sent last.
    Column("at", Moment, nullable=False),
)
Index("ix_files_conversation_id", files.c.conversation_id)
Index("ix_files_user_id", files.c.user_id)

#: Speech that was made and paid for.
speech = Table(
    "speech",
    metadata,
    # Of the words and the voice; nobody without the data key can tell which.
    Column("digest", Label(64), primary_key=True),
    # For whom it was made first.
    Column("user_id", BigInteger, _goes_with("users"), nullable=False),
    # Where OnDemand has it, for a while, until we have fetched it ourselves.
    Column("address", Words),
    Column("sound", Sound),
    Column("seconds", Float),
    Column("made_at", Moment, nullable=False),
)
Index("ix_speech_user_id", speech.c.user_id)
Index("ix_speech_made_at", speech.c.made_at)

#: Texts that were translated and paid for, for a while.
translations = Table(
    "translations",
    metadata,
    # Of the text and the language; nobody without the data key can tell which.
    Column("digest", Label(64), primary_key=True),
    # Whose text it was, or who wanted it translated, where they are known to us.
    Column("user_id", BigInteger, _goes_with("users")),
    Column("text", Words, nullable=False),
    Column("made_at", Moment, nullable=False),
)
Index("ix_translations_user_id", translations.c.user_id)
Index("ix_translations_made_at", translations.c.made_at)

#: Which messages of ours show the translation of which messages of people. Some show several that
#: came at once, and a long one takes several. Numbers only, and no words.
translation_posts = Table(
    "translation_posts",
    metadata,
    Column("chat_id", BigInteger, _goes_with("chats"), primary_key=True, autoincrement=False),
    # The person's message, and ours.
    Column("original_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    # A digest of what the person's message said, as it was translated last.
    Column("source", Label(64), nullable=False),
    Column("made_at", Moment, nullable=False),
)
Index("ix_translation_posts_chat_id", translation_posts.c.chat_id, translation_posts.c.message_id)
Index("ix_translation_posts_made_at", translation_posts.c.made_at)

#: Menus that stand in chats. A button carries nothing but the name of its menu, the version and its
#: own number, so whoever forges one can press only what was offered.
menus = Table(
    "menus",
    metadata,
    Column("name", Label(22), primary_key=True),
    Column("chat_id", BigInteger, _goes_with("chats"), nullable=False),
    Column("topic_id", BigInteger, nullable=False, server_default="0"),
    # The message that shows it; empty while it is being posted.
    Column("message_id", BigInteger),
    # For whom it was opened.
    Column("user_id", BigInteger, _goes_with("users"), nullable=False),
    # Which feature it belongs to.
    Column("kind", Label(32), nullable=False),
    # Raised by every press: a button of an older version does nothing.
    Column("version", Integer, nullable=False),
    # JSON: what it shows, and what each of its buttons means.
    Column("state", Words, nullable=False),
    Column("actions", Words, nullable=False),
    # JSON: what a reply to it means, where it asks for words.
    Column("awaits", Words),
    Column("opened_at", Moment, nullable=False),
)
Index("ix_menus_chat_id", menus.c.chat_id, menus.c.message_id)
Index("ix_menus_user_id", menus.c.user_id)
Index("ix_menus_opened_at", menus.c.opened_at)

#: What a person chose. The value is JSON, and some of it is in the person's own words.
user_settings = Table(
    "user_settings",
    metadata,
    Column("user_id", BigInteger, _goes_with("users"), primary_key=True),
    Column("name", Label(64), primary_key=True),
    Column("value", Words, nullable=False),
)

#: What a group chose for itself or for one of its topics.
chat_settings = Table(
    "chat_settings",
    metadata,
    Column("chat_id", BigInteger, _goes_with("chats"), primary_key=True),
    Column("topic_id", BigInteger, primary_key=True, server_default="0", autoincrement=False),
    Column("name", Label(64), primary_key=True),
    Column("value", Words, nullable=False),
)


def _counters() -> list[Column[Any]]:
    """What is counted of a day. Seconds are those that were paid for, by our own measure."""
    return [
        # Those that were let in and are not answered yet are counted already.
        Column("questions", BigInteger, nullable=False, server_default="0"),
        Column("tokens", BigInteger, nullable=False, server_default="0"),
        Column("heard", Float, nullable=False, server_default="0"),
        Column("spoken", Float, nullable=False, server_default="0"),
        Column("translations", BigInteger, nullable=False, server_default="0"),
    ]


#: What each person used on each day, in UTC, wherever they were.
user_usage = Table(
    "user_usage",
    metadata,
    Column("user_id", BigInteger, _goes_with("users"), primary_key=True),
    Column("day", Date, primary_key=True),
    *_counters(),
    # Whether they were told on this day that it comes to an end.
    Column("was_warned", Boolean, nullable=False, server_default=false()),
    # When they were last told that questions, voice, or translations, are used up.
    Column("told_at", Moment),
    Column("voice_told_at", Moment),
    Column("translations_told_at", Moment),
)
Index("ix_user_usage_day", user_usage.c.day)

#: What each group used on each day, all its people together.
chat_usage = Table(
    "chat_usage",
    metadata,
    Column("chat_id", BigInteger, _goes_with("chats"), primary_key=True),
    Column("day", Date, primary_key=True),
    *_counters(),
)
Index("ix_chat_usage_day", chat_usage.c.day)

#: The questions of everybody on each day.
bot_usage = Table(
    "bot_usage",
    metadata,
    Column("day", Date, primary_key=True),
    Column("questions", BigInteger, nullable=False),
)

#: Updates that were accepted, each once. What they say is scrubbed when they are settled; their ids
#: stay for some days, because Telegram may deliver an update again.
inbox = Table(
    "inbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("update_id", BigInteger, nullable=False, unique=True),
    # What must happen in order shares a lane.
    Column("lane", Label(64), nullable=False),
    # Telegram's word for what happened: message, callback_query, ….
    Column("kind", Label(40), nullable=False),
    Column("payload", Words),
    # open, settled or parked.
    Column("state", Label(8), nullable=False),
    # Counted before the work, so that an update that kills its worker is noticed.
    Column("attempts", Integer, nullable=False),
    # Not to be tried before this moment.
    Column("due_at", Moment),
    # The class of the last failure. Never its text, which may hold somebody's words.
    Column("failure", Label(80)),
    Column("accepted_at", Moment, nullable=False),
    Column("ended_at", Moment),
    # Which steps were done when; see `bot.storage.trail`. It says nothing of what was said.
    Column("trail", Label(2000)),
    sqlite_autoincrement=True,
)
_is_unsettled = inbox.c.state == "open"
Index(
    "ix_inbox_open",
    inbox.c.lane,
    inbox.c.id,
    sqlite_where=_is_unsettled,
    postgresql_where=_is_unsettled,
)

_is_parked = inbox.c.state == "parked"
Index(
    "ix_inbox_parked",
    inbox.c.id,
    sqlite_where=_is_parked,
    postgresql_where=_is_parked,
)
# Nearly all of them are, and some are forgotten every ten minutes.
_is_settled = inbox.c.state == "settled"
Index(
    "ix_inbox_settled",
    inbox.c.ended_at,
    sqlite_where=_is_settled,
    postgresql_where=_is_settled,
)

#: Who drains a lane. Every take-over raises the epoch, and writes of an older epoch are refused.
lanes = Table(
    "lanes",
    metadata,
    Column("name", Label(64), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    # When it was taken over last.
    Column("taken_at", Moment),
)

#: Steps of a turn that happened and must not happen again, with what came of them.
journal = Table(
    "journal",
    metadata,
    Column("entry_id", RowId, _goes_with("inbox"), primary_key=True),
    Column("step", Label(64), primary_key=True),
    Column("result", Words, nullable=False),
)

#: When the operators were last told of something that only they can mend.
alerts = Table(
    "alerts",
    metadata,
    Column("name", Label(64), primary_key=True),
    Column("told_at", Moment, nullable=False),
)

#: Links by which people come in, where not everybody may.
invites = Table(
    "invites",
    metadata,
    # Random; whoever has it may come in.
    Column("token", Label(32), primary_key=True),
    Column("uses_left", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

#: Whom the operators banned. No reference: erasing oneself lifts no ban.
bans = Table(
    "bans",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("banned_at", Moment, nullable=False),
    Column("was_told", Boolean, nullable=False, server_default=false()),
)

#: What somebody who erased themselves used on that day. No reference: it makes no day begin anew.
erased_usage = Table(
    "erased_usage",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    *_counters(),
)

#: What operators decided about somebody who erased themselves, as settings of that person. No
#: reference: it holds when they come back.
erased_settings = Table(
    "erased_settings",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Label(64), primary_key=True),
    Column("value", Words, nullable=False),
)

#: One text of an operator's for many people.
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", RowId, primary_key=True),
    # The admin who wrote it. No reference: it goes on without them.
    Column("author", BigInteger, nullable=False),
    Column("text", Words, nullable=False),
    # Only who asked something on one of so many days; everybody if it is empty.
    Column("active_days", Integer),
    # Messages in a second.
    Column("pace", Integer, nullable=False),
    # draft, running, paused, done or stopped.
    Column("state", Label(8), nullable=False),
    Column("made_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

#: What became of a broadcast for each person.
broadcast_recipients = Table(
    "broadcast_recipients",
    metadata,
    Column("broadcast_id", RowId, _goes_with("broadcasts"), primary_key=True),
    Column("user_id", BigInteger, _goes_with("users"), primary_key=True, autoincrement=False),
    # open, sending, sent, unsure, unreachable or refused.
    Column("fate", Label(12), nullable=False),
)
Index(
    "ix_broadcast_recipients_fate",
    broadcast_recipients.c.broadcast_id,
    broadcast_recipients.c.fate,
    broadcast_recipients.c.user_id,
)
Index("ix_broadcast_recipients_user_id", broadcast_recipients.c.user_id)
