// @ts-check
/** The first minute, shown: four buttons in an empty chat, and a row of them above the composer later. */
import { avatar, el, icon } from '../dom.js';
import { createGuide } from '../guide.js';
import { placeKey } from '../places.js';

/**
 * @typedef {import('../store.js').State} State
 * @typedef {import('../guide.js').Way} Way
 */

/**
 * @param {import('../store.js').Store} store
 * @param {import('../acts.js').Acts} acts
 * @param {import('./composer.js').Composer} composer
 */
export function createWelcome(store, acts, composer) {
  const guide = createGuide(localStorage);
  /** What is worth writing next, and where. @type {{key: string, text: string} | null} */
  let next = null;

  /** @param {Way} way */
  async function go(way) {
    const { stage, person, chats, order } = store.state;
    if (!stage || person === null) return;
    guide.went(stage.world, way);
    const group = order.find((id) => chats[id].kind === 'group');
    const place = { chat: way.where === 'group' && group ? group : person, topic: null };
    next = way.then ? { key: placeKey(store.state, place), text: way.then } : null;
    acts.open(place);
    await acts.goWhere(location.hash);
    if (way.says === null) await composer.speak();
    else await acts.say(way.says);
    showChips(store.state);
  }

  /** @param {string} sign @param {string} label @param {() => void} click */
  const chip = (sign, label, click) => el('button', { class: 'chip', type: 'button', on: { click } }, icon(sign), label);

  /** @param {State} state */
  function showChips(state) {
    const { stage, open, chats } = state;
    const key = open ? placeKey(state, open) : '';
    const isBegun = (state.histories[key]?.messages.length ?? 0) > 0;
    const isPrivate = open !== null && chats[open.chat]?.kind === 'private';
    const ways = stage && isPrivate && isBegun ? guide.left(stage.world) : [];
    const after = next && next.key === key ? next : null;
    composer.chips.hidden = !ways.length && !after;
    if (composer.chips.hidden) return;
    const dismiss = el('button', {
      class: 'chip dismiss', type: 'button', 'aria-label': 'Hide the suggestions', title: 'Hide the suggestions',
      on: { click: () => { if (stage) guide.dismiss(stage.world); next = null; showChips(store.state); composer.focus(); } },
    }, icon('close'));
    composer.chips.replaceChildren(
      ...(after ? [chip('chat', after.text, () => { next = null; showChips(store.state); void acts.say(after.text); })] : []),
      ...ways.map((way) => chip(way.sign, way.title, () => void go(way))),
      dismiss,
    );
  }

  store.watch((state, before) => {
    const parts = /** @type {const} */ (['stage', 'open', 'histories', 'person']);
    if (parts.some((part) => state[part] !== before[part])) showChips(state);
  });

  /** What stands where no message is. @param {State} state */
  return function nothing(state) {
    const { stage, open, chats } = state;
    const chat = open && chats[open.chat];
    if (!chat || !stage) return el('p', { class: 'empty' }, stage ? 'Choose a chat.' : 'Opening…');
    if (chat.kind !== 'private') {
      return el('p', { class: 'empty' }, `Nobody has said anything here yet. Mention @${stage.bot.username}, or use /ask.`);
    }
    const ways = guide.left(stage.world);
    return el('section', { class: 'welcome', 'aria-label': 'The first minute' },
      avatar({ name: stage.bot.name, is_bot: true }),
      el('h2', {}, 'Meet your assistant'),
      el('p', {}, 'The bot is the real one. Telegram and OnDemand are played by this machine, so nothing leaves it. What would you like to try?'),
      el('div', { class: 'ways' },
        ...ways.map((way) => el('button', { class: 'way', type: 'button', on: { click: () => void go(way) } },
          icon(way.sign), el('b', {}, way.title), el('span', {}, way.hint)))));
  };
}
