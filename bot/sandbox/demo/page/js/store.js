// @ts-check
/**
 * All that the page knows, in one value; and how what happens makes the next value of it.
 *
 * `reduce` is a pure function: it changes nothing that it was given, so that whoever shows the state
 * can compare it with the one before.
 */
import { placeKey, samePlace } from './places.js';

/**
 * @typedef {import('./types.js').Message} Message
 * @typedef {import('./types.js').Chat} Chat
 * @typedef {import('./types.js').Place} Place
 * @typedef {import('./types.js').History} History
 * @typedef {import('./types.js').Intent} Intent
 * @typedef {import('./types.js').Happening} Happening
 * @typedef {import('./types.js').Fault} Fault
 *
 * @typedef {object} State
 * @property {import('./types.js').Stage | null} stage
 * @property {boolean} isConnected
 * @property {number | null} person who I am
 * @property {Record<number, Chat>} chats those I am in
 * @property {number[]} order of the chats, as they are listed
 * @property {Place | null} open
 * @property {Record<string, History>} histories by place
 * @property {Record<string, {action: string, until: string}>} actions by place
 * @property {Record<string, {text: string, can_stop: boolean}>} drafts by place
 * @property {Record<string, number>} unread by place
 * @property {Record<string, Intent>} intents by place: what the next message is about
 * @property {Happening[]} happenings oldest first
 * @property {Fault[]} faults
 */

/** @type {State} */
export const NOTHING = Object.freeze({
  stage: null,
  isConnected: true,
  person: null,
  chats: {},
  order: [],
  open: null,
  histories: {},
  actions: {},
  drafts: {},
  unread: {},
  intents: {},
  happenings: [],
  faults: [],
});

/** @type {History} */
const UNREAD_HISTORY = { messages: [], hasOlder: false, isLoaded: false, gone: {} };
/** @type {Intent} */
export const NO_INTENT = Object.freeze({ replyTo: null, editing: null });
const MOST_HAPPENINGS = 500;

/**
 * What follows from each thing that can happen.
 *
 * @type {Record<string, (state: State, data: any) => State>}
 */
const ON = {
  stage: (state, stage) => ({ ...state, stage }),
  connection: (state, isConnected) => ({ ...state, isConnected }),
  state: (state, bot) => (state.stage ? { ...state, stage: { ...state.stage, state: bot } } : state),

  /** Somebody else is at the screen. */
  person: (state, person) => ({ ...state, person }),

  chats: (state, /** @type {Chat[]} */ chats) => chats.reduce(withChat, { ...state, chats: {}, order: chats.map(({ id }) => id) }),
  chat: withChat,

  open: (state, /** @type {Place | null} */ place) => ({
    ...state,
    open: place,
    unread: place ? { ...state.unread, [placeKey(state, place)]: 0 } : state.unread,
  }),

  /** Messages are being fetched; what happens meanwhile is kept for them. */
  fetching: (state, /** @type {Place} */ place) => {
    const key = placeKey(state, place);
    return { ...state, histories: { [key]: UNREAD_HISTORY, ...state.histories } };
  },

  page: (state, /** @type {{place: Place, messages: Message[], has_older: boolean}} */ { place, messages, has_older }) => {
    const key = placeKey(state, place);
    const known = state.histories[key] ?? UNREAD_HISTORY;
    const history = {
      ...known,
      messages: merged(known.messages, messages.filter(({ id }) => !known.gone[id])),
      hasOlder: has_older,
      isLoaded: true,
    };
    return { ...state, histories: { ...state.histories, [key]: history } };
  },

  message: (state, /** @type {Message} */ message) => {
    const key = placeKey(state, message);
    const known = state.histories[key];
    const was = known?.messages.find(({ id }) => id === message.id);
    if (was && was.version >= message.version) return state;
    let next = withLast(state, message);
    if (known) {
      const history = { ...known, messages: merged(known.messages, [message]) };
      next = { ...next, histories: { ...next.histories, [key]: history } };
    }
    const isNews = isNewerThanLast(state, message) && message.sender.id !== state.person;
    if (isNews && !samePlace(state, state.open, message)) {
      next = { ...next, unread: { ...next.unread, [key]: (next.unread[key] ?? 0) + 1 } };
    }
    // Whoever has spoken is no longer typing, until they say so again.
    const { [key]: _, ...actions } = next.actions;
    return message.sender.is_bot && !was ? { ...next, actions } : next;
  },

  deleted: (state, /** @type {Place & {id: number}} */ { chat, id, topic }) => {
    const key = placeKey(state, { chat, topic });
    const known = state.histories[key];
    if (!known) return state;
    const history = {
      ...known,
      messages: known.messages.filter((each) => each.id !== id),
      gone: { ...known.gone, [id]: /** @type {const} */ (true) },
    };
    const intent = state.intents[key];
    const isAbout = intent && (intent.replyTo?.id === id || intent.editing?.id === id);
    return {
      ...state,
      histories: { ...state.histories, [key]: history },
      intents: isAbout ? { ...state.intents, [key]: NO_INTENT } : state.intents,
    };
  },

  action: (state, /** @type {Place & {action: string | null, until: string}} */ { action, until, ...place }) => {
    const { [placeKey(state, place)]: _, ...others } = state.actions;
    return { ...state, actions: action ? { ...others, [placeKey(state, place)]: { action, until } } : others };
  },

  /** Time has passed: what should have been over by now is over. @param {string} now */
  moment: (state, now) => ({
    ...state,
    actions: Object.fromEntries(Object.entries(state.actions).filter(([, { until }]) => until > now)),
  }),

  draft: (state, /** @type {Place & {text: string | null, can_stop: boolean}} */ { text, can_stop, ...place }) => {
    const { [placeKey(state, place)]: _, ...others } = state.drafts;
    return { ...state, drafts: text === null ? others : { ...others, [placeKey(state, place)]: { text, can_stop } } };
  },

  /** What the next message is about. */
  intent: (state, /** @type {{place: Place} & Partial<Intent>} */ { place, replyTo = null, editing = null }) => ({
    ...state,
    intents: { ...state.intents, [placeKey(state, place)]: { replyTo, editing } },
  }),

  happenings: (state, /** @type {Happening[]} */ rows) => ({ ...state, happenings: rows.slice(-MOST_HAPPENINGS) }),

  happening: (state, /** @type {Happening} */ row) => {
    const at = state.happenings.findLastIndex(({ key }) => key === row.key);
    const rows =
      at < 0 ? [...state.happenings, row].slice(-MOST_HAPPENINGS) : state.happenings.with(at, row);
    return { ...state, happenings: rows };
  },

  faults: (state, /** @type {Fault[]} */ faults) => ({ ...state, faults }),
  fault: (state, /** @type {Fault} */ fault) => ({
    ...state,
    faults: state.faults.map((each) => (each.name === fault.name ? fault : each)),
  }),
};

/**
 * The state after something happened. What is not known changes nothing.
 *
 * @param {State} state
 * @param {string} type
 * @param {any} data
 * @returns {State}
 */
export function reduce(state, type, data) {
  return Object.hasOwn(ON, type) ? ON[type](state, data) : state;
}

/**
 * Messages and newer states of them, in order. Both lists are sorted by id.
 *
 * @param {readonly Message[]} known
 * @param {readonly Message[]} news
 * @returns {Message[]}
 */
export function merged(known, news) {
  const last = known.at(-1);
  if (last && news.length === 1 && news[0].id > last.id) return [...known, news[0]];
  const byId = new Map(known.map((each) => [each.id, each]));
  for (const each of news) {
    if ((byId.get(each.id)?.version ?? -1) < each.version) byId.set(each.id, each);
  }
  return byId.size === known.length
    ? known.map((each) => /** @type {Message} */ (byId.get(each.id)))
    : [...byId.values()].sort((a, b) => a.id - b.id);
}

/** @param {State} state @param {Chat} chat @returns {State} */
function withChat(state, chat) {
  const next = { ...state, chats: { ...state.chats, [chat.id]: chat } };
  const actions = { ...next.actions };
  for (const { topic, action, until } of chat.actions) {
    actions[placeKey(next, { chat: chat.id, topic })] = { action, until };
  }
  const drafts = { ...next.drafts };
  for (const { topic, text, can_stop } of chat.drafts) {
    drafts[placeKey(next, { chat: chat.id, topic })] = { text, can_stop };
  }
  return { ...next, actions, drafts };
}

/** @param {State} state @param {Message} message */
function isNewerThanLast(state, message) {
  const chat = state.chats[message.chat];
  const last = chat?.topics.find(({ id }) => id === message.topic)?.last ?? (chat?.kind === 'forum' ? null : chat?.last);
  return Boolean(chat) && (!last || message.id > last.id);
}

/** @param {State} state @param {Message} message @returns {State} */
function withLast(state, message) {
  const chat = state.chats[message.chat];
  if (!chat) return state;
  /** @param {Message | null} last */
  const later = (last) => (!last || message.id >= last.id ? message : last);
  const topics = chat.topics.map((topic) =>
    topic.id === message.topic ? { ...topic, last: later(topic.last) } : topic,
  );
  const next = { ...chat, topics, last: later(chat.last) };
  return { ...state, chats: { ...state.chats, [chat.id]: next } };
}

/**
 * A holder of the state: it is told what happens, and tells whoever shows it, once per frame.
 *
 * @returns the store
 */
export function createStore() {
  let state = NOTHING;
  let shown = NOTHING;
  let isDue = false;
  /** @type {((state: State, before: State) => void)[]} */
  const watchers = [];

  function show() {
    isDue = false;
    if (state === shown) return;
    const before = shown;
    shown = state;
    for (const watch of watchers) watch(shown, before);
  }

  return {
    /** The state now. */
    get state() {
      return state;
    },

    /** Something happened. @param {string} type @param {any} data */
    tell(type, data) {
      state = reduce(state, type, data);
      if (isDue || state === shown) return;
      isDue = true;
      // No frame comes while the page is hidden, and it should be up to date when it is seen.
      if (document.hidden) setTimeout(show);
      else requestAnimationFrame(show);
    },

    /** Let somebody show every state. @param {(state: State, before: State) => void} watch */
    watch(watch) {
      watchers.push(watch);
    },
  };
}

/** @typedef {ReturnType<typeof createStore>} Store */
