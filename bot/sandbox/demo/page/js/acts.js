// @ts-check
/** What somebody at the screen can do: each of them asks the server, and tells the store. */
import { Refusal } from './api.js';
import { address, fromAddress, placeKey } from './places.js';

/**
 * @typedef {import('./types.js').Message} Message
 * @typedef {import('./types.js').Place} Place
 * @typedef {import('./types.js').Chat} Chat
 */

/** Messages asked for: first a screen or two, then as many as the server gives at once. */
const FIRST = 60;
const MORE = 200;

/**
 * @param {import('./store.js').Store} store
 * @param {import('./api.js').Api} api
 * @param {{toast: (text: string) => void, alert: (title: string, text: string) => void}} tell
 */
export function createActs(store, api, tell) {
  /** The stream of events that is being followed. @type {(() => void) | null} */
  let unfollow = null;

  /** Who I am, and where. @returns {{person: number, place: Place}} */
  function here() {
    const { person, open } = store.state;
    if (person === null || !open) throw new Refusal('Choose a chat first.');
    return { person, place: open };
  }

  /**
   * Do something, and show a refusal instead of failing.
   *
   * @template T
   * @param {() => Promise<T>} deed
   * @returns {Promise<T | undefined>}
   */
  async function attempt(deed) {
    try {
      return await deed();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      tell.toast(error.message);
      return undefined;
    }
  }

  /** @param {Place} place @param {string} deed @param {object} body */
  async function act(place, deed, body) {
    const { person } = here();
    const told = await api.act(person, place.chat, deed, body);
    if (told.message) store.tell('message', told.message);
    return told;
  }

  /** @param {Place} place @param {number} [before] */
  async function fetchPage(place, before) {
    const { person, chats } = store.state;
    if (person === null) return;
    const isForum = chats[place.chat]?.kind === 'forum';
    const { messages, has_older } = await api.messages(person, { ...place, isForum, before, limit: before === undefined ? FIRST : MORE });
    store.tell('page', { place, messages, has_older });
  }

  /** @param {Place} place */
  async function fetchNewest(place) {
    store.tell('fetching', place);
    await fetchPage(place);
  }

  /** Show what the address says; what it does not say, or says wrong, is chosen here. */
  async function goWhere(/** @type {string} */ hash) {
    const { stage } = store.state;
    if (!stage) return;
    const { person, place } = fromAddress(hash);
    const known = stage.people.some(({ id }) => id === person) ? person : stage.people[0].id;
    if (known !== store.state.person) {
      const { chats } = await api.chats(/** @type {number} */ (known));
      store.tell('person', known);
      store.tell('chats', chats);
      for (const { until } of chats.flatMap((/** @type {Chat} */ { actions }) => actions)) expire(until);
    }
    const { chats } = store.state;
    const isThere = place && chats[place.chat];
    store.tell('open', isThere ? place : null);
    if (isThere && !store.state.histories[placeKey(store.state, place)]) await fetchNewest(place);
  }

  /** Ask for everything, and follow what happens from there. */
  async function begin() {
    unfollow?.();
    const stage = await api.stage();
    store.tell('stage', stage);
    const [{ happenings }, { faults }] = await Promise.all([api.happenings(), api.faults()]);
    store.tell('happenings', happenings);
    store.tell('faults', faults);
    unfollow = api.follow(stage.event, happened, (isConnected) => store.tell('connection', isConnected));
    await goWhere(location.hash);
  }

  /** @param {string} type @param {any} data */
  function happened(type, data) {
    if (type === 'chat') {
      const { person } = store.state;
      if (person === null) return;
      void attempt(async () => {
        const { chats } = await api.chats(person);
        store.tell('chats', chats);
      });
    } else if (type === 'reset') {
      // Another world: nothing that is shown is there any more.
      location.reload();
    } else {
      store.tell(type, data);
      if (type === 'action' && data.action) expire(data.until);
    }
  }

  /** Nobody is doing anything for ever; what is over is taken down. @param {string} until */
  function expire(until) {
    setTimeout(() => store.tell('moment', new Date().toISOString()), Math.max(0, Date.parse(until) - Date.now()) + 50);
  }

  return {
    begin: () => attempt(begin),
    goWhere: (/** @type {string} */ hash) => attempt(() => goWhere(hash)),

    /** @param {Place | null} place */
    open(place) {
      const { person } = store.state;
      if (person !== null) location.hash = address(person, place);
    },

    /** Become somebody else, in the same group or in one's own private chat. @param {number} person */
    become(person) {
      const { open, chats } = store.state;
      const isPrivate = open && chats[open.chat]?.kind === 'private';
      location.hash = address(person, open && isPrivate ? { chat: person, topic: null } : open);
    },

    /** Fetch messages before the oldest that is known here. @param {Place} place */
    older: (place) =>
      attempt(() => fetchPage(place, store.state.histories[placeKey(store.state, place)]?.messages[0]?.id)),

    /**
     * Say something; the server cuts a long text into several messages, as Telegram's apps do.
     *
     * @param {string} text
     * @param {Message | null} [replyTo]
     * @returns {Promise<boolean>} whether it was sent
     */
    async say(text, replyTo = null) {
      const told = await attempt(async () => {
        const { place } = here();
        return act(place, 'say', { text, topic: place.topic, reply_to: replyTo?.id ?? null });
      });
      return told !== undefined;
    },

    /** @param {Message} message @param {string} text @returns {Promise<boolean>} */
    async edit(message, text) {
      const done = await attempt(() => act(message, 'edit', { message: message.id, text }));
      return done !== undefined;
    },

    /** @param {Message} message */
    delete: (message) =>
      attempt(async () => {
        await act(message, 'delete', { message: message.id });
        store.tell('deleted', message);
      }),

    /** @param {Message} message @param {Place} to */
    forward: (message, to) =>
      attempt(() => act(message, 'forward', { message: message.id, to: to.chat, topic: to.topic })),

    /** @param {Message} message @param {string | null} emoji */
    react: (message, emoji) => attempt(() => act(message, 'react', { message: message.id, emoji })),

    /** Press a button, and show what the bot says to it. @param {Message} message @param {string} data */
    press: (message, data) =>
      attempt(async () => {
        const { answer } = await act(message, 'press', { message: message.id, data });
        if (answer === null) tell.toast('The bot did not answer this button.');
        else if (answer.text && answer.alert) tell.alert('OnDemand', answer.text);
        else if (answer.text) tell.toast(answer.text);
      }),

    /** Press Stop below a draft. @param {Place} place */
    stop: (place) => attempt(() => act(place, 'stop', { topic: place.topic })),

    /** Send the recording that comes along. @returns {Promise<unknown>} */
    sample: () =>
      attempt(async () => {
        const { place } = here();
        return act(place, 'sample', { topic: place.topic });
      }),

    /**
     * Send a file. Raises `Refusal`, and an `AbortError` when it is taken back.
     *
     * @param {{file: Blob, name: string, kind: string, caption?: string, replyTo?: Message | null}} what
     * @param {(part: number) => void} progressed
     * @param {AbortSignal} [signal]
     */
    async send({ file, name, kind, caption = '', replyTo = null }, progressed, signal) {
      const { person, place } = here();
      const fields = { file, name, kind, caption, topic: place.topic, reply_to: replyTo?.id ?? null };
      const { message } = await api.send(person, place.chat, fields, progressed, signal);
      store.tell('message', message);
    },

    /** @returns {Promise<{command: string, description: string}[]>} */
    commands: async () => {
      const told = await attempt(async () => {
        const { person, place } = here();
        return api.commands(person, place.chat);
      });
      return told?.commands ?? [];
    },

    /** What the next message is about. @param {Partial<import('./types.js').Intent>} intent */
    intend(intent) {
      const { open } = store.state;
      if (open) store.tell('intent', { place: open, ...intent });
    },

    /** @param {import('./types.js').Fault} fault */
    turn: (fault) =>
      attempt(async () => {
        const told = await (fault.state === 'armed' ? api.disarm(fault.name) : api.arm(fault.name));
        if (told.fault) store.tell('fault', told.fault);
      }),
  };
}

/** @typedef {ReturnType<typeof createActs>} Acts */
