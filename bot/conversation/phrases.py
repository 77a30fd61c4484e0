"""Every sentence the bot says by itself, in each language it speaks.

English stands here and gives every phrase its name; `bot/locales` has the translations. Failures
say what happened, then what to do, then a reference that an operator can find in the log.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

#: The languages the bot speaks, by their two-letter codes. The first is spoken where no other is.
LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "ru", "zh")

#: The words, by name. Names are what translations and the steps of a turn refer to.
ENGLISH: Mapping[str, str] = {
    "start": (
        "Hello! I am your assistant.\n\n"
        "Write me anything, and the answer grows here while I think. "
        "Send a voice message, and hear the answer.\n\n"
        "/new starts a fresh conversation, /stop ends an answer, /help tells more."
    ),
    "help": (
        "**What I can do**\n\n"
        "• Write, and I answer. I remember what we said in this conversation.\n"
        "• Send a voice message, and I answer aloud; /voice chooses how.\n"
        "• Send files or pictures, and ask me about them.\n"
        "• Edit your last question, and I answer it anew.\n"
        "• ↻ Again under an answer tries once more, ■ Stop ends one that grows.\n"
        "• In a group, mention me, reply to me, or use /ask.\n\n"
        "{commands}"
    ),
    "new": "A fresh conversation. What would you like to know?",
    "stop nothing": "Nothing is being answered right now.",
    "stopped": "Stopped.",
    "ask usage": "Write your question after the command: /ask How tall is the Eiffel Tower?",
    "unknown command": "I know no such command; /help lists them.",
    "no access": "This bot is private. Its operator can let you in: your number is {user}.",
    "admitted": "{user} may use the bot now.",
    "dismissed": "{user} may no longer use the bot.",
    "ban done": "{user} is banned now.",
    "ban lifted": "{user} is no longer banned.",
    # What operators read in /admin, and what people meet of it.
    "admin": (
        "**Today**\n\n"
        "• People: {people} of {known}\n"
        "• Questions: {questions}\n"
        "• Tokens: {tokens}\n"
        "• Voice: {voice}\n"
        "• Given up: {parked}\n"
        "• Refused or failed: {failed}"
    ),
    "admin limits": "**Limits of a day, for each person**",
    "admin limits of all": "**Limits of a day, for everybody together**",
    "admin access": "Who may ask: {access}. `ACCESS` and a restart change that.",
    "access open": "everybody",
    "access invite": "those who were invited",
    "access allowlist": "those who were let in",
    "admin chart": "📊 Chart",
    "admin refresh": "⟳ Refresh",
    "admin people": "👤 People",
    "admin invites": "✉️ Invitations",
    "admin broadcast": "📣 Broadcast",
    "admin parked": "⚠️ Given up",
    "admin trace": "🔎 Support code",
    "chart caption": "Questions a day, from {first} to {last}. The most were {number}.",
    "people how": (
        "Reply to this message with somebody's number. People read theirs where they are "
        "refused; Telegram shows it, too."
    ),
    "people nobody": "That is nobody's number.",
    "people other": "Somebody else",
    "person since": "• Known since {date}",
    "person unknown": "• Has never written to me",
    "person admitted": "• Was let in",
    "person banned": "• Is banned",
    "person unreachable": "• Has blocked me",
    "person admit": "Let in",
    "person dismiss": "Let out again",
    "person ban": "Ban",
    "person unban": "Lift the ban",
    "quota how": "Questions a day:",
    "quota none": "No limit",
    "quota usual": "As everybody",
    "banned": "The operators of this bot have decided not to answer you any more.",
    "invites": (
        "**Invitations**\n\n"
        "Whoever opens a link may use the bot, until it is used up or a week is over."
    ),
    "invites idle": "_They let nobody in at the moment: `ACCESS` is not `invite`._",
    "invite line": "• {link}\nLeft: {number}, until {date}",
    "invite new": "＋ for {number}",
    "invited": (
        "Welcome! You were invited, so you may use me from now on. Write me anything, or send "
        "a voice message; /help tells more."
    ),
    "invite over": (
        "This invitation has been used up or has expired. Please ask whoever sent it for "
        "another one."
    ),
    "broadcast": (
        "**Broadcast**\n\nOne text for many people, in private. Whoever wants none gets none."
    ),
    "broadcast write": "✎ Write one",
    "broadcast how": (
        "Reply to this message with the text, of up to {number} characters. Markdown is understood."
    ),
    "broadcast too long": "That is too long for one message.",
    "broadcast draft": "**Not sent yet.** Recipients: {number}. It looks like this:",
    "audience all": "Everybody",
    "audience active": "{number} days",
    "pace": "{number}/s",
    "broadcast ready": "Send…",
    "broadcast sure": "Recipients: {number}. What is sent cannot be taken back.",
    "broadcast send": "Yes, send to {number}",
    "broadcast running": "**It is being sent.**",
    "broadcast paused": "**It is paused.**",
    "broadcast done": "**It is done.**",
    "broadcast stopped": "**It was ended.**",
    "fate sent": "• Sent: {number}",
    "fate open": "• Left: {number}",
    "fate unreachable": "• Unreachable: {number}",
    "fate unsure": "• Perhaps sent, and not again: {number}",
    "fate refused": "• Refused by Telegram: {number}",
    "broadcast hold": "⏸ Pause",
    "broadcast refresh": "⟳ Refresh",
    "broadcast resume": "▶ Go on",
    "broadcast end": "✕ End",
    "state draft": "not sent",
    "state running": "being sent",
    "state paused": "paused",
    "state done": "done",
    "state stopped": "ended",
    "news off": "🔕 No more of these",
    "news are off": "You will get no more of these. /settings turns them on again.",
    "settings news": "News: {value}",
    "news on": "On",
    "news none": "Off",
    "parked": "**Given up**\n\nThe newest first: code, kind and failure.",
    "parked nothing": "Nothing was given up.",
    "parked retry": "⟳ Try again",
    "parked bury": "✕ Bury",
    "parked retry done": "It is tried again within a minute.",
    "parked bury done": "It is buried, and what it said is deleted.",
    "parked gone": "Somebody has dealt with this already.",
    "trace how": (
        "Reply to this message with a support code, which people find at the end of what went "
        "wrong."
    ),
    "trace unknown": "I know no such code; what is older than three days is forgotten.",
    "trace other": "Another code",
    "trace": "**{ref}**\n\n• {name}, {date} UTC\n• {state}; attempts: {number}",
    "turn open": "Waits",
    "turn settled": "Done",
    "turn parked": "Given up",
    "slow down": "That was a lot at once. Please try again in {seconds} s.",
    # What was used, and what a day has room for.
    "usage": "**What you used**",
    "usage of group": "**What this group used**",
    "usage today": "**Today**",
    "usage month": "**This month**",
    "usage left": "**Left today**",
    "usage questions": "• Questions: {number}",
    "usage tokens": "• Tokens: {number}",
    "usage heard": "• Voice, heard: {number}",
    "usage spoken": "• Voice, spoken: {number}",
    "usage voice": "• Voice: {number}",
    "usage translations": "• Translations: {number}",
    "usage resets": "A new day begins in {hours} h {minutes} min.",
    "usage unlimited": "Nothing limits you today.",
    "limit near": (
        "_You have used most of what you have for today. /usage shows what is left; a new day "
        "begins in {hours} h {minutes} min._"
    ),
    "limit reached": "That was all for today. You can ask me again in {hours} h {minutes} min.",
    "limit of all": (
        "I have answered as much as I may today. Please ask me again in {hours} h {minutes} min."
    ),
    "limit voice": (
        "Your voice for today is used up, so I answer in writing. I can speak to you again in "
        "{hours} h {minutes} min."
    ),
    "limit translations": (
        "Your translations for today are used up. I can translate for you again in {hours} h "
        "{minutes} min."
    ),
    "limit recording": (
        "This recording is longer than what I can still hear from you today, which is {left}. "
        "Please write to me, or speak to me again in {hours} h {minutes} min."
    ),
    # What the bot says by itself in a group, of what it can see there.
    "group hello": (
        "Hello! Ask me anything with /ask, and reply to an answer of mine to go on. "
        "/help tells more."
    ),
    "sight everything": (
        "I see every message here. Which of them I answer, the admins choose with /settings."
    ),
    "sight called": (
        "I see only commands and replies to me. Everything else Telegram keeps from me, even "
        "where you mention me; as an admin I would see every message."
    ),
    "sight gained": (
        "Now I see every message here. Which of them I answer, the admins choose with /settings."
    ),
    "sight lost": (
        "From now on I see only commands and replies to me. Everything else Telegram keeps from "
        "me, even where you mention me; as an admin I would see every message."
    ),
    "sight hidden": (
        "**Telegram keeps most messages of this group from me.** As an admin I would see them all."
    ),
    "make admin": "Make me an admin",
    "cannot see": (
        "I can read text, pictures and files, and hear voice; stickers, locations, contacts and "
        "polls I cannot read yet. Please write or speak to me."
    ),
    "stop": "■ Stop",
    "again": "↻ Again",
    "listen": "🔊 Listen",
    "fix": "✎ Fix",
    "fix how": "What did you say? Reply to this message with the right words.",
    # Voice, in: what cannot be heard, and why.
    "recording too large": (
        "This recording is too large: Telegram hands me files of up to 20 MB. "
        "Please send a shorter one. `{ref}`"
    ),
    "recording too long": (
        "This recording is longer than an hour. Please send it in shorter pieces. `{ref}`"
    ),
    "recording empty": "This recording is empty. Please record it again. `{ref}`",
    "recording not sound": (
        "I do not know how to play this file. A voice message works best. `{ref}`"
    ),
    "recording no sound in it": (
        "There is no sound in this. Please record it again, or write to me. `{ref}`"
    ),
    "recording broken": (
        "This recording is damaged, and I cannot play it. Please record it again. `{ref}`"
    ),
    "nothing heard": (
        "I heard nobody speak. Please say it again, a little closer to the microphone. `{ref}`"
    ),
    "not understood by ear": (
        "I could not make out what you said. Please say it again, or write to me. `{ref}`"
    ),
    "deaf": (
        "I cannot hear at the moment; the operator has been told. Please write to me. `{ref}`"
    ),
    # Files: what was read, and what was not, and why. The names are as people know them.
    "file read": "I have read `{names}`. What would you like to know?",
    "file too large": (
        "Too large for me: `{names}`. Telegram hands me files of up to 20 MB; "
        "please send a smaller one. `{ref}`"
    ),
    "file of unknown kind": (
        "I have no reader for `{names}`. I can read documents, tables, pictures, sound, films and "
        "plain text; please send one of those. `{ref}`"
    ),
    "file empty": "There is nothing in `{names}`. Please check it, and send it again. `{ref}`",
    "file not understood": (
        "I could not make anything of `{names}`; perhaps it is damaged or locked. "
        "Please check it, or send it in another format. `{ref}`"
    ),
    "files out of service": (
        "I cannot take in files at the moment, so `{names}` stays unread. "
        "Please send it again in a while; everything else works, just write to me. `{ref}`"
    ),
    # Voice, out.
    "answer": "Answer",
    "speechless": "I could not speak this answer aloud; it stands above. `{ref}`",
    "voice forbidden": (
        "Your privacy settings take no voice messages from me, so this is an audio file."
    ),
    "voice": (
        "**Voice**\n\n"
        "Choose when I answer aloud, and in which voice. "
        "You can listen to any answer with 🔊 below it."
    ),
    "voice match": "A voice for a voice",
    "voice always": "Always",
    "voice never": "Never",
    "voice try": "▶ Try it",
    "voice sample": "Hello! This is how I sound when I read an answer to you.",
    # Plugins: tools, to people.
    "plugins": (
        "**Tools**\n\n"
        "What I may use for your answers. Press one to switch it on or off; to search, "
        "reply to this message with a word."
    ),
    "plugins group": (
        "**Tools**\n\n"
        "What I may use for answers in this group. Press one to switch it on or off; to search, "
        "reply to this message with a word."
    ),
    "plugins on": "On: {names}",
    "plugins found": "Found for “{words}”:",
    "plugins not found": "I found no tool for “{words}”.",
    "plugins none": "There are no tools to choose from yet.",
    "plugins unsure": "_I cannot see the whole list right now; these are the tools I know of._",
    "plugins full": "Ten tools at most. Switch one off first; /plugins shows them.",
    "plugins usual": "↺ The usual",
    "plugins only here": "📌 Only in this conversation",
    "plugins everywhere": "↺ As in all conversations",
    "plugins are only here": "_This choice is for this conversation alone._",
    "plugins all": "All tools",
    "plugin sets button": "Sets",
    "plugin sets": (
        "**Sets of tools**\n\n"
        "Keep what is on under a name, such as Travel, and switch to it with one press."
    ),
    "plugin set keep": "＋ Keep what is on",
    "plugin set name": (
        "**A new set**\n\nWhat shall it be called? Reply to this message with a name."
    ),
    "plugins back": "‹ Back",
    "plugin on": "{name} is on: I use it when it helps. /plugins shows all tools.",
    "plugin unknown": "I do not know this tool. /plugins shows those I have.",
    "plugins away": (
        "I cannot see the list of tools right now. Please try the link again in a while."
    ),
    "plugins used": "_used: {names}_",
    "plugins refused": "_No longer available to me, so I switched it off: {names}_",
    "plugins not taken": "_Answered without tools: the assistant takes none at the moment._",
    "press admins": "Only the admins of this group can choose this.",
    # Translation.
    "translate": "🌐 Translate",
    "translate how": (
        "Choose a language, and then tell me what to translate; or write it all at once, as "
        "in /translate es Hello, or reply to a message with /translate."
    ),
    "translate into": "Into which language?",
    "translate near": "I know no language “{words}”. Did you mean one of these?",
    "translate unknown": "I know no language “{words}”. Which one shall it be?",
    "translate others": "Other languages",
    "translate reply": "**{name}**\n\nReply to this message with what I shall translate.",
    "translating": "Translating: {name} …",
    "translate nothing": (
        "There is nothing to translate in this: no more than names, links, numbers or signs."
    ),
    "translate same": "{name}: this reads the same.",
    "translate gone": "The message is no longer there, so I cannot translate it.",
    "translate sent": "It is long, so I sent it to you in private.",
    "translate later": "I cannot translate this right now. Please press again in a while.",
    "translate expired": (
        "This translation is no longer kept. Press 🌐 below the message once more."
    ),
    "reads": (
        "**Your language**\n\nWhat I translate into for you: with /translate, and when you "
        "press 🌐 below a message. Automatic is the language of your app.\n\nWhere a group "
        "has everything translated, you decide whether what you write is, too."
    ),
    "reads mine": "Translate what I write in groups",
    "translation": (
        "**Translation**\n\nWhat is written here can be read in every language of this "
        "group. Choose which those are, which messages are translated, and how that is shown. "
        "For that I must see the messages: as an admin here, or with my "
        "privacy mode switched off at @BotFather.\n\n**Languages:** {names}"
    ),
    "translation none": "none, so nothing is translated",
    "translation languages": "Languages",
    "translation languages how": (
        "**Languages of this group**\n\nPress up to five that are read here; a message is "
        "translated into those it is not in."
    ),
    "translation full": "Five languages at most. Press one that is ticked to take it away.",
    "which all": "Every message",
    "which called": "Replies and mentions",
    "which forwards": "What is forwarded",
    "how under": "Below the message",
    "how button": "Only a 🌐 button",
    "interpreting": (
        "**{names}**\n\nFrom now on I interpret: each voice message here comes back in the "
        "other language, in writing and aloud. /translate voice off ends it."
    ),
    "interpreting off": "I no longer interpret voice messages here.",
    "interpreting how": (
        "/translate voice es interprets between your language and Spanish, until /translate "
        "voice off."
    ),
    # What is not read out is named.
    "ear code": "a piece of code",
    "ear code in": "a piece of {language} code",
    "ear table": "a table",
    "ear link": "a link to {host}",
    "ear picture": "a picture",
    "ear formula": "a formula",
    "press old": "This button no longer works.",
    "menu closed": "Done.",
    "press foreign": "Only the person who asked can press this.",
    "cut off": "_The answer was cut off here._",
    "stopped here": "_Stopped here._",
    "no answer": "I could not find an answer. Try asking in other words.",
    "back": "‹ Back",
    "automatic": "Automatic",
    # Conversations.
    "chats": (
        "**Conversations**\n\n"
        "The ticked one is open. To search, reply to this message with words from a title."
    ),
    "chats none": "**Conversations**\n\nThere is none here yet. Ask me something, and it begins.",
    "chats found": "**Conversations** with “{words}” in the title",
    "chats not found": "No title has “{words}” in it. To search again, reply to this message.",
    "chats all": "Show all",
    "chats untitled": "Untitled",
    "chats begun": "Begun on {date}.",
    "chats open now": "It is open: what you write goes on here.",
    "chats open": "Continue here",
    "chats opened": "Open. Just go on writing.",
    "chats history": "Show",
    "chats rename": "✎ Rename",
    "chats rename how": (
        "{title}\n\nWhat shall it be called? Reply to this message with the new title."
    ),
    "chats delete": "🗑 Delete",
    "chats delete ask": (
        "Delete {title} with all its questions and answers, here and at OnDemand? There is no "
        "way back."
    ),
    "chats delete sure": "Yes, delete it",
    "chats deleted": "It is deleted, here and at OnDemand.",
    "chats deleted here": "It is deleted here. OnDemand has not deleted it yet; I keep trying.",
    "chats gone": "This conversation is no longer there.",
    "chats lost": "OnDemand no longer has this conversation; this is what I kept of it.",
    "chats away": "I cannot reach OnDemand right now; this is what I kept of it.",
    "chats newest": "These are the newest {number} questions; older ones are left out.",
    "chats nothing said": "Nothing was said in it yet.",
    # Settings.
    "settings": "**Settings**\n\nWhat you choose here holds wherever you talk with me.",
    "settings group": (
        "**Settings of this group**\n\n"
        "What is chosen here holds for everybody in the group.\n\n"
        "**What I remember:** one conversation that everybody shares, or one for each member "
        "alone.\n\n"
        "**When I answer:** only commands, mentions and replies to me, or every message. To see "
        "every message I must be an admin here, or have my privacy mode switched off at "
        "@BotFather.\n\n"
        "**Who chooses:** these settings, tools and translation are chosen by the admins alone, "
        "or by everybody here. Which of the two, the admins decide."
    ),
    "settings language": "Language: {value}",
    "settings answers_in": "Answers in: {value}",
    "settings endpoint": "Model: {value}",
    "settings voice": "🔊 Voice",
    "settings look": "Look of answers",
    "settings look how": (
        "**Look of answers**\n\n"
        "How answers look and grow when you talk with me alone. Rich draws tables and formulas, "
        "and drafts grow more smoothly; both need a recent app."
    ),
    "formatting classic": "Classic",
    "formatting rich": "Rich",
    "streaming edits": "Edited messages",
    "streaming drafts": "Drafts",
    "settings translation": "🌐 Translation",
    "settings language how": (
        "**Language**\n\n"
        "What I speak by myself, in menus, on buttons and in notes. Automatic is the language of "
        "your app."
    ),
    "settings answers_in how": (
        "**Language of the answers**\n\nAutomatic answers in the language you ask in."
    ),
    "settings endpoint how": (
        "**Model**\n\n"
        "Who answers you. Automatic takes the best that is there, and steps in where your choice "
        "is gone."
    ),
    "settings endpoint away": (
        "I cannot read the list of models right now. Please look again in a while."
    ),
    "memory shared": "Shared memory",
    "memory member": "Each their own",
    "listening called": "When I am called",
    "listening everything": "Every message",
    "deciding admins": "Admins choose",
    "deciding everybody": "Everybody chooses",
    "privacy": (
        "**Privacy**\n\n"
        "**What I keep, encrypted:** your questions and their answers until you delete their "
        "conversation with /chats, what I heard in recordings, what I translated and what I could "
        "not answer for 30 days, what I spoke for a day, what you chose, and for two months how "
        "much you used each day.\n\n"
        "**Who answers:** OnDemand gets your questions, files and recordings under a random name, "
        "never your number or name at Telegram. A recording is deleted there once it is heard. "
        "Where a group shares a conversation, it also reads the names of those who ask."
    ),
    "privacy delete": "🗑 Delete all of it",
    "privacy sure": (
        "**Delete everything?**\n\n"
        "All your conversations here and at OnDemand, what you asked in groups, what was heard "
        "and spoken, what you used and what you chose. Where you asked in a group, the assistant "
        "no longer remembers that conversation. Nobody can bring it back.\n\n"
        "What stays is how much you used today, until the day is over, and what the operators of "
        "this bot decided about you."
    ),
    "privacy yes": "Yes, delete everything",
    "privacy done": (
        "Everything is deleted here; at OnDemand it may take some minutes more. "
        "Write to me, and we begin anew."
    ),
    "unreachable": (
        "I cannot reach the assistant right now. Your question is kept, and I keep trying. `{ref}`"
    ),
    "queued": (
        "The assistant has a lot to do right now. "
        "Your question is kept, and answered as soon as it can be. `{ref}`"
    ),
    "gave up": "I could not answer this. Please ask again in a while. `{ref}`",
    "unseen": (
        "Telegram does not tell whether my answer reached you. If it does not stand above, please "
        "ask again. `{ref}`"
    ),
    "out of service": (
        "The assistant is out of service at the moment; its operator has been told. `{ref}`"
    ),
    "too long": (
        "This is more than the assistant can hold. "
        "/new starts a fresh conversation, then ask again. `{ref}`"
    ),
    "refused subject": ("The assistant does not want to talk about this. Try other words. `{ref}`"),
    "plugin timeout": (
        "A tool took too long and gave nothing back. Ask again, or in other words. `{ref}`"
    ),
    "not understood": "The assistant did not take this question. Try asking differently. `{ref}`",
    # What only an operator can mend, told to the operators.
    "alert key": (
        "⚠️ OnDemand refuses our key, so nobody is answered. Check `ONDEMAND_API_KEY` and "
        "start me again. `{ref}`"
    ),
    "alert credit": (
        "⚠️ OnDemand says that the account lacks a service or the credit for it. The OnDemand "
        "dashboard shows which. `{ref}`"
    ),
    "alert model": (
        "⚠️ OnDemand has no model for us that works. Check `ONDEMAND_ENDPOINT_ID`, or leave it "
        "empty. `{ref}`"
    ),
    # What stands in an empty chat with the bot (at most 512 characters), and in its profile (120).
    "about": (
        "Ask me anything: the answer grows on your screen while I think.\n\n"
        "I remember what we talked about, answer anew when you edit your question, "
        "and help in groups when you mention me."
    ),
    "about short": "Your assistant: ask anything, alone or in a group, and watch the answer grow.",
    # What each command does, as menus and the help say it.
    "/start": "Say hello",
    "/ask": "Ask the assistant",
    "/new": "Start a fresh conversation",
    "/chats": "List and continue conversations",
    "/voice": "When and how I speak",
    "/plugins": "The tools I may use",
    "/translate": "Translate words, a message or a recording",
    "/mylanguage": "The language that you read",
    "/settings": "Language, model and more",
    "/stop": "Stop the answer that is growing",
    "/usage": "What was used, and what is left",
    "/privacy": "What I keep of you, and how to delete it",
    "/help": "What I can do",
    "/admin": "Run this bot",
}


def say(name: str, language: str, /, **values: object) -> str:
    """A sentence with its values filled in; in English where we do not speak the language."""
    return _phrases(closest(language))[name].format(**values)


def closest(tag: object) -> str:
    """The language we speak that comes closest to an IETF tag, such as `pt` to `pt-BR`.

    Takes whatever stands where a tag should: nothing, or nonsense, is answered in English.
    """
    main = tag.replace("_", "-").partition("-")[0].lower() if isinstance(tag, str) else ""
    return main if main in LANGUAGES else LANGUAGES[0]


@cache
def _phrases(language: str) -> Mapping[str, str]:
    """All phrases of a language we speak. Its file is read when it is first needed."""
    if language == LANGUAGES[0]:
        return ENGLISH
    file = files("bot") / "locales" / f"{language}.toml"
    return {**ENGLISH, **tomllib.loads(file.read_text("utf-8"))}
