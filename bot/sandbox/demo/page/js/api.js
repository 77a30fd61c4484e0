// @ts-check
/** What can be asked of the server beside the page. See docs/demo.md. */

/**
 * @typedef {import('./types.js').Message} Message
 * @typedef {import('./types.js').Place} Place
 */

/** The server said no; the message is a sentence that may be shown. */
export class Refusal extends Error {}

/** Everything that happens, as it happens. */
const EVENTS = ['message', 'deleted', 'action', 'draft', 'chat', 'state', 'happening', 'fault', 'reset'];

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    throw new Refusal('The demo does not answer. Is it still running in your terminal?', { cause: error });
  }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(told.error ?? `The demo answered with ${response.status}.`);
  return told;
}

/** @param {string} path @param {object} body */
const post = (path, body) =>
  call(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** @param {number} person @param {number} [chat] */
const chatPath = (person, chat) => `/api/people/${person}/chats${chat === undefined ? '' : `/${chat}`}`;

export const api = {
  stage: () => call('/api/stage'),
  happenings: () => call('/api/happenings'),
  faults: () => call('/api/faults'),
  /** @param {string} name */
  arm: (name) => post(`/api/faults/${name}`, {}),
  /** @param {string} name */
  disarm: (name) => call(`/api/faults/${name}`, { method: 'DELETE' }),

  /** @param {number} person */
  chats: (person) => call(chatPath(person)),
  /** @param {number} person @param {number} chat */
  commands: (person, chat) => call(`${chatPath(person, chat)}/commands`),

  /**
   * A page of messages, the newest ones or those before one.
   *
   * @param {number} person
   * @param {Place & {isForum: boolean, before?: number, limit: number}} which
   */
  messages: (person, { chat, topic, isForum, before, limit }) => {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== undefined) query.set('before', String(before));
    if (isForum) query.set('topic', topic === null ? 'general' : String(topic));
    return call(`${chatPath(person, chat)}/messages?${query}`);
  },

  /**
   * Do something in a chat: `say`, `edit`, `delete`, `forward`, `press`, `react`, `stop`, `sample`.
   *
   * @param {number} person
   * @param {number} chat
   * @param {string} deed
   * @param {object} body
   */
  act: (person, chat, deed, body) => post(`${chatPath(person, chat)}/${deed}`, body),

  /**
   * Send a file. `progressed` is told the part that is up, from 0 to 1.
   *
   * @param {number} person
   * @param {number} chat
   * @param {Record<string, string | number | null | Blob>} fields
   * @param {(part: number) => void} progressed
   * @param {AbortSignal} [signal]
   * @returns {Promise<{message: Message}>}
   */
  send: (person, chat, fields, progressed, signal) => {
    const form = new FormData();
    const { file, name, ...others } = fields;
    for (const [key, value] of Object.entries(others)) {
      if (value !== null && value !== '') form.set(key, String(value));
    }
    form.set('file', /** @type {Blob} */ (file), String(name));
    // `fetch` tells nothing of how much has gone up.
    const request = new XMLHttpRequest();
    return new Promise((resolve, reject) => {
      request.upload.onprogress = ({ loaded, total }) => progressed(total ? loaded / total : 0);
      request.onload = () => {
        const told = request.response ?? {};
        if (request.status < 300) resolve(told);
        else reject(new Refusal(told.error ?? `The demo answered with ${request.status}.`));
      };
      request.onerror = () => reject(new Refusal('The file did not get through. Please send it again.'));
      request.onabort = () => reject(new DOMException('Taken back', 'AbortError'));
      signal?.addEventListener('abort', () => request.abort());
      request.open('POST', `${chatPath(person, chat)}/send`);
      request.responseType = 'json';
      request.send(form);
    });
  },

  /** @param {string} url */
  waveform: (url) => call(url),

  /**
   * Follow what happens. The browser reconnects by itself and goes on where it was.
   *
   * @param {string} after
   * @param {(type: string, data: any) => void} happened
   * @param {(isConnected: boolean) => void} connected
   * @returns {() => void} ends it
   */
  follow: (after, happened, connected) => {
    const source = new EventSource(`/api/events?after=${encodeURIComponent(after)}`);
    for (const type of EVENTS) {
      source.addEventListener(type, (event) => happened(type, JSON.parse(event.data)));
    }
    source.onopen = () => connected(true);
    source.onerror = () => connected(false);
    return () => source.close();
  },
};

/** @typedef {typeof api} Api */
