// @ts-check
/**
 * The messages of the place that is open.
 *
 * Only the newest ones are in the page; older ones come as somebody scrolls up, and those far above
 * leave again when the end is reached. A row is filled anew only when its message has changed, and
 * whoever reads further up stays where they are.
 */
import { byId, el, icon, rove } from '../dom.js';
import { harmless } from '../entities.js';
import { placeKey } from '../places.js';
import { day, gist } from '../words.js';
import { fill, isGrowing, serviceNode } from './bubble.js';
import { mediaNode } from './media.js';

/**
 * @typedef {import('../types.js').Message} Message
 * @typedef {import('../store.js').State} State
 * @typedef {{node: HTMLElement, message: Message, stand: string}} Shown
 */

const FIRST = 60; // messages shown when a place is opened
const MORE = 200; // added at the upper end
const MOST = 240; // shown at the lower end before those far above are let go
const NEAR_TOP = 700; // pixels
const NEAR_END = 48; // pixels
const TOGETHER = 5 * 60_000; // ms in which messages of one person stand together
const QUIET = 1600; // ms without a change after which a message is read out
const READ_OUT = 400; // characters of it
const FARTHEST = 120; // pages that a jump to an old message goes through

/**
 * @param {object} page
 * @param {import('../store.js').Store} page.store
 * @param {import('../acts.js').Acts} page.acts
 * @param {import('./media.js').Parts} page.parts
 * @param {(text: string) => void} page.copy
 * @param {(message: Message, at: {x: number, y: number}, row: HTMLElement) => void} page.choose opens the menu of a message
 * @param {(state: State) => HTMLElement} page.nothing what stands where no message is
 */
export function mountMessages({ store, acts, parts, copy, choose, nothing }) {
  const scroller = byId('messages');
  const inner = /** @type {HTMLElement} */ (scroller.firstElementChild);
  const latest = byId('latest');
  const announcer = byId('announcer');

  let key = '';
  let count = FIRST;
  let isAtEnd = true;
  let top = 0; // pixels, where it was scrolled to before
  let isFetching = false;
  let missed = 0;
  let newest = 0;
  /** @type {Map<number, Shown>} */
  let rows = new Map();
  /** @type {Map<string, HTMLElement>} */
  const days = new Map();
  /** @type {WeakMap<Message, string>} */
  const daysOf = new WeakMap();
  /** Media stay what they are when the words around them change. @type {Map<string, HTMLElement>} */
  const media = new Map();
  /** What somebody has opened: quotes and spoilers. @type {Set<string>} */
  const opened = new Set();
  /** @type {Set<string>} */
  const busy = new Set();
  /** @type {Map<number, number>} */
  const waiting = new Map();
  const older = el('div', { class: 'older' }, 'Older messages…');
  const draftRow = el('div', { class: 'row first last' });

  /** @type {import('./bubble.js').Around} */
  const around = {
    get me() {
      return store.state.person;
    },
    media(message) {
      if (!message.media) return null;
      const name = `${message.chat}/${message.id}/${message.media.id}`;
      const known = media.get(name) ?? mediaNode(message.media, parts);
      media.set(name, known);
      return known;
    },
    hooks: (message) => ({
      command: (text) => void acts.say(text),
      copy,
      follow,
      isOpen: (nth) => opened.has(`${message.chat}/${message.id}/${nth}`),
      turn: (nth, isOpen) => void (isOpen ? opened.add(`${message.chat}/${message.id}/${nth}`) : opened.delete(`${message.chat}/${message.id}/${nth}`)),
    }),
    tone(name) {
      const index = store.state.stage?.people.findIndex((each) => each.name === name) ?? -1;
      return index < 0 ? 4 : (index % 3) + 1;
    },
    isBusy: (message, data) => busy.has(`${message.chat}/${message.id}/${data}`),
    async press(message, { data, url }) {
      if (url) {
        const href = harmless(url);
        if (href && !follow(href)) window.open(href, '_blank', 'noopener,noreferrer');
        return;
      }
      const name = `${message.chat}/${message.id}/${data}`;
      if (data === null || busy.has(name)) return;
      busy.add(name);
      refresh(message.id);
      await acts.press(message, data);
      busy.delete(name);
      refresh(message.id);
    },
    react: (message, emoji) => void acts.react(message, emoji),
    jump: (id) => void jump(id),
  };

  /**
   * A link that begins a talk with the bot is followed here.
   *
   * @param {string} href
   * @returns {boolean}
   */
  function follow(href) {
    const { stage, person } = store.state;
    const url = new URL(href);
    const start = url.searchParams.get('start');
    if (!stage || person === null || url.host !== 't.me' || url.pathname.slice(1) !== stage.bot.username) return false;
    acts.open({ chat: person, topic: null });
    if (start) void acts.goWhere(location.hash).then(() => acts.say(`/start ${start}`));
    return true;
  }

  /** Fill the row of a message again. @param {number} id */
  function refresh(id) {
    const shown = rows.get(id);
    if (shown) filled(shown, shown.message, shown.stand);
  }

  /** @param {Shown} shown @param {Message} message @param {string} stand */
  function filled(shown, message, stand) {
    // Whoever works with the keys of a menu stays at the key that they pressed.
    const keys = [...shown.node.querySelectorAll('.key')];
    const at = keys.indexOf(/** @type {Element} */ (document.activeElement));
    fill(shown.node, message, JSON.parse(stand), around);
    const fresh = [...shown.node.querySelectorAll('.key')];
    if (at >= 0) /** @type {HTMLElement} */ (fresh[Math.min(at, fresh.length - 1)] ?? shown.node).focus();
    shown.message = message;
    shown.stand = stand;
  }

  /** @param {Message} message @param {string} stand @returns {Shown} */
  function made(message, stand) {
    if (message.service) return { node: serviceNode(message), message, stand };
    const node = el('article', { 'data-id': message.id, tabindex: '-1' });
    const shown = { node, message, stand };
    filled(shown, message, stand);
    return shown;
  }

  /** The day of a message; told once for each, as there may be thousands. @param {Message} message */
  function dayOf(message) {
    const known = daysOf.get(message) ?? day(message.date);
    daysOf.set(message, known);
    return known;
  }

  /**
   * How each of these messages stands among its neighbours.
   *
   * @param {State} state
   * @param {Message[]} messages
   */
  function stands(state, messages) {
    const isGroup = state.open !== null && state.chats[state.open.chat]?.kind !== 'private';
    /** @param {Message | undefined} a @param {Message} b */
    const isTogether = (a, b) =>
      Boolean(a) && !a?.service && a?.sender.id === b.sender.id && dayOf(a) === dayOf(b) &&
      Math.abs(Date.parse(b.date) - Date.parse(a.date)) < TOGETHER;
    return messages.map((message, index) => {
      const next = messages[index + 1];
      const isMine = message.sender.id === state.person;
      const isFirst = !isTogether(messages[index - 1], message);
      const isLast = !next || next.service !== null || !isTogether(message, next);
      return JSON.stringify({ isMine, isFirst, isLast, hasFace: isGroup && !isMine, hasName: isGroup && !isMine && isFirst });
    });
  }

  /** @param {State} state @param {State} before */
  function render(state, before) {
    const place = state.open;
    const now = place ? placeKey(state, place) : '';
    const isNew = now !== key || state.person !== before.person;
    const history = state.histories[now];
    const isSame = !isNew && history === before.histories[now] && state.drafts === before.drafts && state.stage === before.stage;
    if (isSame) return;
    if (isNew) {
      key = now;
      count = FIRST;
      isAtEnd = true;
      missed = 0;
      newest = history?.messages.at(-1)?.id ?? 0;
      rows = new Map();
      days.clear();
      media.clear();
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    }
    const known = history?.messages ?? [];
    if (isAtEnd && count > MOST) count = FIRST;
    const messages = known.slice(-count);
    const isEmpty = history?.isLoaded && known.length === 0 && !state.drafts[now];

    if (!place || isEmpty) {
      rows = new Map();
      inner.replaceChildren(nothing(state));
    } else {
      if (!rows.size && !isNew) inner.replaceChildren();
      reconcile(state, messages, history?.hasOlder || known.length > count, state.drafts[now]);
    }
    // What was there when the place was opened is no news.
    hear(state, known, isNew || !before.histories[now]?.isLoaded);
    if (isAtEnd) toEnd();
    showLatest();
  }

  /**
   * Let the page hold these rows in this order, and touch none that is as it was.
   *
   * @param {State} state
   * @param {Message[]} messages
   * @param {boolean} hasOlder
   * @param {{text: string, can_stop: boolean} | undefined} draft
   */
  function reconcile(state, messages, hasOlder, draft) {
    /** @type {Map<number, Shown>} */
    const next = new Map();
    /** @type {HTMLElement[]} */
    const nodes = hasOlder ? [older] : [];
    const shapes = stands(state, messages);
    let lastDay = '';
    messages.forEach((message, index) => {
      const today = dayOf(message);
      if (today !== lastDay) {
        const separator = days.get(today) ?? el('div', { class: 'day' }, today);
        days.set(today, separator);
        nodes.push(separator);
        lastDay = today;
      }
      let shown = rows.get(message.id);
      if (!shown) shown = made(message, shapes[index]);
      else if (!message.service && (shown.message !== message || shown.stand !== shapes[index])) filled(shown, message, shapes[index]);
      next.set(message.id, shown);
      nodes.push(shown.node);
    });
    if (draft) nodes.push(drafted(draft));
    rows = next;

    let at = inner.firstChild;
    for (const node of nodes) {
      if (node === at) at = at.nextSibling;
      else inner.insertBefore(node, at);
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    const active = inner.querySelector('[tabindex="0"].row');
    if (!active) messages.length && rows.get(messages[messages.length - 1].id)?.node.setAttribute('tabindex', '0');
  }

  /** What the bot is writing and has not sent. @param {{text: string, can_stop: boolean}} draft */
  function drafted({ text, can_stop }) {
    const stop = el('button', { class: 'key', type: 'button', on: { click: () => store.state.open && acts.stop(store.state.open) } }, '■ Stop');
    draftRow.replaceChildren(
      el('div', { class: 'stack' },
        el('div', { class: 'bubble growing' }, el('div', { class: 'body' }, text)),
        can_stop && el('div', { class: 'keyboard' }, el('div', { class: 'keys' }, stop))),
    );
    return draftRow;
  }

  /**
   * Count what came while somebody reads further up, and have read out what others say, once it
   * does not change any more.
   *
   * @param {State} state
   * @param {Message[]} messages
   * @param {boolean} isOld
   */
  function hear(state, messages, isOld) {
    for (let index = messages.length - 1; index >= 0; index -= 1) {
      const message = messages[index];
      if (message.id <= newest && !waiting.has(message.id)) break;
      if (isOld) continue;
      if (message.sender.id === state.person) {
        // Whoever says something sees it.
        isAtEnd ||= message.id > newest;
        continue;
      }
      if (message.id > newest && !isAtEnd) missed += 1;
      clearTimeout(waiting.get(message.id));
      if (message.id > newest || rows.get(message.id)?.message !== message || waiting.has(message.id)) {
        waiting.set(message.id, setTimeout(() => readOut(message), isGrowing(message) ? QUIET * 4 : QUIET));
      }
    }
    newest = Math.max(newest, messages.at(-1)?.id ?? 0);
  }

  /** @param {Message} message */
  function readOut(message) {
    waiting.delete(message.id);
    announcer.textContent = `${message.sender.name}: ${gist(message).slice(0, READ_OUT)}`;
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  function showLatest() {
    latest.hidden = isAtEnd || !rows.size;
    latest.replaceChildren(icon('down'), ...(missed ? [el('span', { class: 'count' }, String(missed))] : []));
    latest.setAttribute('aria-label', missed ? `${missed} new, go to the latest` : 'Go to the latest');
  }

  /** Show more at the upper end, and stay where somebody reads. */
  async function more() {
    const { open, histories } = store.state;
    const history = histories[key];
    if (isFetching || !open || !history?.isLoaded) return false;
    if (count >= history.messages.length) {
      if (!history.hasOlder) return false;
      isFetching = true;
      await acts.older(open);
      isFetching = false;
    }
    count += MORE;
    const known = store.state.histories[key];
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    reconcile(store.state, known.messages.slice(-count), known.hasOlder || known.messages.length > count, store.state.drafts[key]);
    scroller.scrollTop = scroller.scrollHeight - fromEnd;
    return true;
  }

  /** Go to a message, however old it is. @param {number} id */
  async function jump(id) {
    for (let page = 0; !rows.has(id) && page < FARTHEST; page += 1) {
      if (!(await more())) break;
    }
    const node = rows.get(id)?.node;
    if (!node) return;
    isAtEnd = false;
    node.scrollIntoView({ block: 'center' });
    node.classList.remove('flash');
    requestAnimationFrame(() => node.classList.add('flash'));
    focusRow(node, false);
  }

  /** @param {HTMLElement} row @param {boolean} [scrolls] */
  function focusRow(row, scrolls = true) {
    inner.querySelector('[tabindex="0"].row')?.setAttribute('tabindex', '-1');
    row.setAttribute('tabindex', '0');
    row.focus({ preventScroll: !scrolls });
  }

  scroller.addEventListener('scroll', () => {
    const { scrollTop } = scroller;
    const isNear = scroller.scrollHeight - scrollTop - scroller.clientHeight < NEAR_END;
    // Only who scrolls up leaves the end; what grows below moves nobody away from it.
    isAtEnd = isNear || (isAtEnd && scrollTop >= top);
    top = scrollTop;
    if (isAtEnd) missed = 0;
    showLatest();
    if (scroller.scrollTop < NEAR_TOP && !isAtEnd) void more();
  }, { passive: true });

  // Pictures that arrive and a composer that grows move nobody who is at the end.
  const keeper = new ResizeObserver(() => isAtEnd && toEnd());
  keeper.observe(inner);
  keeper.observe(scroller);

  latest.addEventListener('click', () => {
    isAtEnd = true;
    missed = 0;
    toEnd();
    showLatest();
  });

  /** @param {EventTarget | null} target */
  const rowOf = (target) => {
    const row = target instanceof Element ? target.closest('article.row') : null;
    return row ? rows.get(Number(/** @type {HTMLElement} */ (row).dataset.id)) : undefined;
  };

  inner.addEventListener('contextmenu', (event) => {
    const shown = rowOf(event.target);
    if (!shown || (event.target instanceof Element && event.target.closest('a, video') && !event.shiftKey)) return;
    event.preventDefault();
    const box = shown.node.querySelector('.bubble')?.getBoundingClientRect() ?? shown.node.getBoundingClientRect();
    const at = event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : { x: box.left + 24, y: box.top + 24 };
    focusRow(shown.node, false);
    choose(shown.message, at, shown.node);
  });

  inner.addEventListener('click', (event) => {
    const more = event.target instanceof Element ? event.target.closest('.more') : null;
    const shown = rowOf(event.target);
    if (!more || !shown) return;
    const { left, bottom } = more.getBoundingClientRect();
    choose(shown.message, { x: left, y: bottom + 4 }, shown.node);
  });

  inner.addEventListener('keydown', (event) => {
    const shown = rowOf(event.target);
    if (!shown || event.target !== shown.node) return;
    const all = /** @type {HTMLElement[]} */ ([...inner.querySelectorAll('article.row')]);
    if (rove(event, all)) {
      focusRow(/** @type {HTMLElement} */ (document.activeElement));
      if (document.activeElement === all[0]) void more();
      return;
    }
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const { left, top } = /** @type {HTMLElement} */ (shown.node.querySelector('.bubble')).getBoundingClientRect();
    choose(shown.message, { x: left + 24, y: Math.max(top + 24, 80) }, shown.node);
  });

  store.watch(render);
  return { jump, focusLast: () => /** @type {HTMLElement | null} */ (inner.querySelector('article.row:last-of-type'))?.focus() };
}
