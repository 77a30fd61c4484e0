// @ts-check
/** The list of chats, who I am, and light or dark. */
import { avatar, byId, el, icon, rove } from '../dom.js';
import { placeKey, samePlace } from '../places.js';
import { doing, gist, short } from '../words.js';

/**
 * @typedef {import('../store.js').State} State
 * @typedef {import('../types.js').Chat} Chat
 * @typedef {import('../types.js').Place} Place
 * @typedef {import('../types.js').Message} Message
 */

/** Languages as their speakers call them. */
const LANGUAGES = new Intl.DisplayNames('en', { type: 'language' });

/** @param {import('../store.js').Store} store @param {import('../acts.js').Acts} acts */
export function mountList(store, acts) {
  const list = byId('chats');
  const people = byId('people');

  list.addEventListener('keydown', (event) => {
    rove(event, /** @type {HTMLElement[]} */ ([...list.querySelectorAll('.entry')]));
  });

  /** @param {State} state @param {Place} place @param {{name: string, sign?: string, is_bot?: boolean, tone?: number, classes?: string}} face @param {Message | null} last */
  function entry(state, place, face, last) {
    const key = placeKey(state, place);
    const unread = state.unread[key] ?? 0;
    const action = state.actions[key];
    const isGroup = state.chats[place.chat].kind !== 'private';
    const isMine = last?.sender.id === state.person;
    const said = action
      ? el('span', { class: 'last acting' }, `${doing(action.action)}…`)
      : el('span', { class: 'last' },
          last && !last.service && (isGroup || isMine) ? el('b', {}, `${isMine ? 'You' : last.sender.name}: `) : null,
          last ? gist(last) : 'Nothing said yet');
    const label = `${face.name}${unread ? `, ${unread} new` : ''}`;
    return el('li', {},
      el('button', {
        class: 'entry', type: 'button', 'data-place': key,
        'aria-current': samePlace(state, state.open, place) ? 'true' : null,
        'aria-label': label,
        on: { click: () => acts.open(place) },
      },
      avatar(face, face.classes),
      el('span', {},
        el('span', { class: 'top' }, el('span', { class: 'title' }, face.name), last && el('time', { datetime: last.date }, short(last.date))),
        el('span', { class: 'bottom' }, said, unread ? el('span', { class: 'unread' }, String(unread)) : null))));
  }

  /** @param {State} state @param {Chat} chat @returns {HTMLElement[]} */
  function entries(state, chat) {
    const place = { chat: chat.id, topic: null };
    if (chat.kind === 'private') {
      return [entry(state, place, { name: state.stage?.bot.name ?? chat.title, is_bot: true }, chat.last)];
    }
    if (chat.kind === 'group') {
      return [entry(state, place, { name: chat.title, sign: 'people', tone: 2, classes: 'square' }, chat.last)];
    }
    return [
      el('li', { class: 'under' }, chat.title),
      ...chat.topics.map(({ id, name, last }, index) =>
        entry(state, { chat: chat.id, topic: id }, { name, sign: id === null ? 'chat' : 'topic', tone: (index % 3) + 1, classes: 'square' }, last)),
    ];
  }

  /** @param {State} state */
  function showChats(state) {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.place : undefined;
    list.replaceChildren(...state.order.flatMap((id) => (state.chats[id] ? entries(state, state.chats[id]) : [])));
    const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('.entry')]);
    const current = all.find((each) => each.getAttribute('aria-current')) ?? all[0];
    for (const each of all) each.tabIndex = each === current ? 0 : -1;
    if (focused) all.find((each) => each.dataset.place === focused)?.focus();
  }

  /** @param {State} state */
  function showPeople(state) {
    if (!state.stage) return;
    people.replaceChildren(
      ...state.stage.people.map(({ id, name, language }, index) =>
        el('label', { title: `${name} reads ${LANGUAGES.of(language)}` },
          el('input', { type: 'radio', name: 'person', value: id, on: { change: () => acts.become(id) } }),
          el('span', {}, avatar({ name, tone: (index % 3) + 1 }, 'small'), name))),
    );
    checkPerson(state);
  }

  /** @param {State} state */
  function checkPerson(state) {
    const input = people.querySelector(`input[value="${state.person}"]`);
    if (input instanceof HTMLInputElement) input.checked = true;
  }

  store.watch((state, before) => {
    if (state.stage?.people !== before.stage?.people) showPeople(state);
    if (state.person !== before.person) checkPerson(state);
    const parts = /** @type {const} */ (['chats', 'order', 'open', 'unread', 'actions', 'person']);
    if (parts.some((part) => state[part] !== before[part])) showChats(state);
  });
}

/** Light, dark, or as the machine has it. */
export function mountTheme() {
  const button = byId('theme');
  const root = document.documentElement;
  const isDark = matchMedia('(prefers-color-scheme: dark)');
  const kept = localStorage.getItem('theme');
  if (kept) root.dataset.theme = kept;

  const now = () => root.dataset.theme ?? (isDark.matches ? 'dark' : 'light');
  function show() {
    const other = now() === 'dark' ? 'light' : 'dark';
    button.replaceChildren(icon(other));
    button.setAttribute('aria-label', `Switch to ${other}`);
    button.title = `Switch to ${other}`;
  }
  button.addEventListener('click', () => {
    root.dataset.theme = now() === 'dark' ? 'light' : 'dark';
    localStorage.setItem('theme', root.dataset.theme);
    show();
  });
  isDark.addEventListener('change', show);
  show();
}
