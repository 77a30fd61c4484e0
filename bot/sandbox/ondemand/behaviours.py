"""Everything the platform was seen to do, or may do, beside answering well: one row each.

This table is the documentation: `docs/sandbox.md` is compared with it by a test. A behaviour is
armed for one key or all, for one operation or all it belongs to, for the next N times or until it
is cleared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.ondemand import refusals
from bot.sandbox.ondemand.refusals import Refusal

CREATE, QUERY = "create_session", "submit_query"
UPLOADS = ("create_media", "upload_media")
HEAR, SPEAK = "speech_to_text", "text_to_speech"
TRANSLATE = "translate"
SERVICES = (HEAR, SPEAK, TRANSLATE)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing the platform can be told to do."""

    name: str
    meaning: str
    #: The operations it belongs to; none means any.
    operations: tuple[str, ...] = ()
    #: What can be said about it, with what holds when nothing is said.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Behaviours that only refuse are complete with this; the others are looked for where they act.
    refuse: Callable[[Mapping[str, Any]], Refusal] | None = None


def _refuse(
    name: str,
    meaning: str,
    refusal: Callable[[Mapping[str, Any]], Refusal],
    operations: tuple[str, ...] = (),
    **parameters: Any,
) -> Behaviour:
    return Behaviour(name, meaning, operations, parameters, refusal)


def _query(name: str, meaning: str, **parameters: Any) -> Behaviour:
    return Behaviour(name, meaning, (QUERY,), parameters)


_POLICY = "The request was refused by the content policy"
_LONG = "Maximum context length exceeded"
_NOT_SUBSCRIBED = "Please subscribe to the service to use it"

#: What any call can meet on its way in.
ON_THE_WAY = (
    Behaviour("slow", "Waits `seconds`, then goes on.", (), {"seconds": 1.0}),
    Behaviour(
        "hang", "Says nothing for `seconds`, then breaks the connection.", (), {"seconds": 300.0}
    ),
    Behaviour("reset", "Resets the TCP connection before anything is done."),
    _refuse(
        "edge_ban",
        "403, error 1010: the edge dislikes the User-Agent. A missing one is always met so.",
        lambda _: refusals.banned_signature(),
    ),
    _refuse("invalid_key", "401 Invalid API Key.", lambda _: refusals.invalid_key()),
    _refuse(
        "sporadic_401",
        "401 Unauthorized for a good key; the same call succeeds when repeated.",
        lambda _: refusals.refusal(401, "Unauthorized", "unauthenticated"),
    ),
    _refuse(
        "sporadic_403",
        "403 Unauthorized for a good key; the same call succeeds when repeated.",
        lambda _: refusals.refusal(403, "Unauthorized", "unauthorized"),
    ),
    _refuse(
        "no_route", "404 from the gateway for a route that exists.", lambda _: refusals.no_route()
    ),
    _refuse(
        "route_not_found",
        "404 from the service for a route that exists, as plain text.",
        lambda _: refusals.unknown_route(),
    ),
    _refuse(
        "rate_limited",
        "429, with `Retry-After` only if `retry_after` (seconds) is given.",
        lambda p: refusals.rate_limited(p["retry_after"]),
        retry_after=None,
    ),
    _refuse(
        "payment_required",
        "402: not subscribed, or no credit. Never captured; one client expects it.",
        lambda _: refusals.refusal(402, _NOT_SUBSCRIBED),
    ),
    _refuse(
        "server_error",
        "500, or the `status` given; without any body if `empty`.",
        lambda p: refusals.server_error(p["status"], empty=p["empty"]),
        status=500,
        empty=False,
    ),
    _refuse(
        "edge_error",
        "524, or the `status` given, from the edge: HTML. The platform never got the call.",
        lambda p: refusals.edge_error(p["status"]),
        status=524,
    ),
)

#: What session creation and queries do before an answer begins.
ON_ASKING = (
    Behaviour(
        "create_200", "200 and the short object of 2025 instead of 201 and today's.", (CREATE,)
    ),
    Behaviour(
        "invalid_agents",
        "400 with `details.invalidAgentIds`: the `ids` given, or all of the call.",
        (CREATE, QUERY),
        {"ids": None},
    ),
    Behaviour(
        "unsubscribed_agents",
        "400 with `details.unsubscribedAgentIds`: the `ids` given, or all of the call.",
        (CREATE, QUERY),
        {"ids": None},
    ),
    Behaviour(
        "inactive_agents",
        "400 with `details.inactiveAgentIds`: the `ids` given, or all of the call.",
        (CREATE, QUERY),
        {"ids": None},
    ),
    _query(
        "plugin_ids_refused", "400 naming every agent, when a query says `pluginIds` (July 2026)."
    ),
    _query("agent_ids_refused", "400 naming nobody, when a query says `agentIds`."),
    _query("inactive_endpoint", "400: the model endpoint has been switched off."),
    _query("stale_session", "404, and the session is gone for good."),
    _refuse(
        "context_too_long",
        "400 context_length_exceeded.",
        lambda _: refusals.refusal(400, _LONG, "context_length_exceeded"),
        (QUERY,),
    ),
    _refuse(
        "policy_refusal",
        "403 content_policy_violation.",
        lambda _: refusals.refusal(403, _POLICY, "content_policy_violation"),
        (QUERY,),
    ),
    _refuse(
        "model_error",
        "500 model_error: the model failed before its first word.",
        lambda _: refusals.refusal(500, "The model call failed", "model_error"),
        (QUERY,),
    ),
    _refuse(
        "plugin_timeout",
        "504 plugin_execution_timeout.",
        lambda _: refusals.refusal(504, "Plugin execution timed out", "plugin_execution_timeout"),
        (QUERY,),
    ),
    _query("parallel_queries", "A second query in a busy session runs instead of being refused."),
    _query(
        "answer_lost", "The query is taken and paid; the connection breaks before the first byte."
    ),
    _query("sync_524", "A `sync` query is taken and paid; the edge answers 524 in HTML."),
    _query("resume_ignored", "A resumed query is taken for a new one, and paid again."),
)

#: How a stream is told. The first two rows are the platform's two dialects.
ON_STREAMING = (
    _query("july", "Status logs, the whole answer in the last of them, an index per channel."),
    _query(
        "october", "No status logs, plan and tools as thinking, one index for all. The default."
    ),
    _query("no_blank_lines", "No blank lines between the frames."),
    _query("no_event_lines", "No `event:` lines."),
    _query("space_after_colon", "A space after `event:` and `data:`."),
    _query("sse_comments", "Comments, `id:` and `retry:` lines between the frames."),
    _query("data_over_two_lines", "The JSON of each frame over two `data:` lines."),
    _query("split_bytes", "The bytes arrive `size` at a time, also inside a character.", size=1),
    _query(
        "heartbeats_around", "A heartbeat comes first, and one between the last frame and the end."
    ),
    _query(
        "long_silence",
        "Only heartbeats, each `every` seconds, for `seconds` before the first word.",
        seconds=70.0,
        every=3.0,
    ),
    _query(
        "thinking_dominated", "`frames` thinking frames, then the answer in two pieces.", frames=300
    ),
    _query("thinking_as_list", "One frame has a list where `thinking` should be an object."),
    _query("bad_frame", "One frame is not JSON at all."),
    _query("agent_events", "Frames of the `agent` channel among the others."),
    _query("plugin_sources", "Sources are told before the answer, tools or not."),
    _query(
        "clarification", "The assistant asks back (`queries`); there is no answer.", queries=None
    ),
    _query("done_inside_answer", "The answer holds the text `data:[DONE]`."),
    _query("no_fulfillment", "Not one fulfillment frame; the message has the answer all the same."),
    _query("tool_fails", "The answer tells in prose that a tool failed; nothing else does."),
    _query(
        "error_mid_answer",
        "After `words` words `[ERROR]` with a JSON object (or `text`); the message fails. Without "
        "`colon` the colon is missing; `agents` become `inactiveAgentIds`.",
        words=2,
        colon=True,
        agents=None,
        text=None,
    ),
    _query(
        "stream_cut", "The stream ends after `frames` frames, politely, without `[DONE]`.", frames=3
    ),
    _query("stream_reset", "TCP reset inside frame `frames` + 1; the query goes on.", frames=3),
)

#: What the other operations do.
ELSEWHERE = (
    Behaviour("still_processing", "The message is `processing`, whatever it is.", ("get_message",)),
    _refuse(
        "media_error",
        "500 errors.server_error; nothing is created.",
        lambda _: refusals.media_error(),
        UPLOADS,
    ),
    Behaviour("media_error_but_created", "500 errors.server_error, and yet it is there.", UPLOADS),
    Behaviour("media_201", "201 instead of 200.", UPLOADS),
    Behaviour(
        "media_processing",
        "`actionStatus` is `processing` for the next `reads` listings, then `completed`; or, if "
        "`fails`, `failed` with a reason.",
        UPLOADS,
        {"reads": 2, "fails": False},
    ),
    Behaviour("media_old_id", "`_id` instead of `id`.", (*UPLOADS, "list_media")),
    Behaviour("media_no_pagination", "No `pagination` in the listing.", ("list_media",)),
    _refuse("payload_too_large", "413.", lambda _: refusals.too_large(), UPLOADS),
    _refuse(
        "not_subscribed",
        "400: the service was never subscribed.",
        lambda _: refusals.refusal(400, _NOT_SUBSCRIBED, "invalid_request"),
        SERVICES,
    ),
    _refuse(
        "unknown_error",
        "400 Unknown error, errorCode `400`, for every input.",
        lambda _: refusals.unknown_service_error(),
        SERVICES,
    ),
    Behaviour("data_as_text", "`data` is the bare text, not an object.", SERVICES),
    Behaviour("nothing_heard", "The transcript is empty.", (HEAR,)),
    Behaviour(
        "heard_slow",
        "The recording is heard at once, the transcript told after `seconds`.",
        (HEAR,),
        {"seconds": 5.0},
    ),
    Behaviour("translates_nothing", "The text comes back as it was.", (TRANSLATE,)),
    Behaviour(
        "translates_long",
        "The translation is half as long again as the text, in sentences that say nothing.",
        (TRANSLATE,),
    ),
    Behaviour("refuses_ogg", "400 Unknown error for every recording but an MP3.", (HEAR,)),
    Behaviour(
        "speech_huge",
        "`size` bytes are behind the signed URL: speech, and zeros after it.",
        (SPEAK,),
        {"size": 21 << 20},
    ),
    Behaviour("speech_not_sound", "An HTML page is behind the signed URL.", (SPEAK,)),
    Behaviour(
        "speech_private",
        "The speech is said to be at `url`, which is on somebody's own network.",
        (SPEAK,),
        {"url": "https://10.0.0.1/speech.mp3"},
    ),
    Behaviour(
        "speech_slow",
        "Half of the file behind the signed URL comes at once, the rest `seconds` later.",
        (SPEAK,),
        {"seconds": 5.0},
    ),
    Behaviour("links_expired", "The signed URL has expired when it arrives.", (SPEAK, *UPLOADS)),
    Behaviour("no_plugins", "`total` is 0, and there is no `plugins`.", ("list_plugins",)),
    Behaviour(
        "plugins_partial",
        "206 with a message and no data: the `plugin` named is not active.",
        ("list_plugins",),
        {"plugin": "plugin-1717872339"},
    ),
    Behaviour(
        "registry_shape",
        "The registry is a bare `array`, or under `data`.",
        ("list_endpoints",),
        {"shape": "array"},
    ),
)

BEHAVIOURS = {b.name: b for b in (*ON_THE_WAY, *ON_ASKING, *ON_STREAMING, *ELSEWHERE)}
