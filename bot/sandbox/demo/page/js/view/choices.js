// @ts-check
/** What can be done with a message, as a menu. */
import { el } from '../dom.js';
import { gist } from '../words.js';
import { mayEdit } from './composer.js';
import { card, dialog, item, menu } from './over.js';

/**
 * @typedef {import('../types.js').Message} Message
 * @typedef {import('../types.js').Place} Place
 */

const FACES = ['👍', '❤️', '🔥', '🎉', '👏', '🤔'];

/**
 * @param {import('../store.js').Store} store
 * @param {import('../acts.js').Acts} acts
 * @param {(text: string) => void} copy
 */
export function createChoices(store, acts, copy) {
  /** Choose where a message goes. @param {Message} message */
  async function forward(message) {
    const { chats, order, stage } = store.state;
    /** @type {{place: Place, label: string, sign: string}[]} */
    const places = order.flatMap((id) => {
      const chat = chats[id];
      if (chat.kind === 'private') return [{ place: { chat: id, topic: null }, label: stage?.bot.name ?? chat.title, sign: 'bot' }];
      if (chat.kind === 'group') return [{ place: { chat: id, topic: null }, label: chat.title, sign: 'people' }];
      return chat.topics.map((topic) => ({ place: { chat: id, topic: topic.id }, label: `${chat.title} · ${topic.name}`, sign: 'topic' }));
    });
    const chosen = await dialog('Forward to', 'card', (close) => [
      el('h2', {}, 'Forward to'),
      el('p', {}, gist(message).slice(0, 120)),
      el('div', { class: 'entries menu-like scroll' },
        ...places.map(({ label, sign }, index) => {
          const one = item({ label, sign, act: () => close(String(index)) });
          one.className = 'entry';
          one.removeAttribute('role');
          one.removeAttribute('tabindex');
          return one;
        })),
      el('div', { class: 'ends' }, el('button', { class: 'button', type: 'button', on: { click: () => close() } }, 'Cancel')),
    ]);
    if (chosen === '') return;
    const { place } = places[Number(chosen)];
    await acts.forward(message, place);
    acts.open(place);
  }

  /** @param {Message} message */
  async function remove(message) {
    const decided = await card('Delete this message?', 'It disappears for everybody in this chat.', [
      { label: 'Cancel' },
      { label: 'Delete', value: 'delete', kind: 'danger' },
    ]);
    if (decided) await acts.delete(message);
  }

  /**
   * Open the menu of a message.
   *
   * @param {Message} message
   * @param {{x: number, y: number}} at
   * @param {HTMLElement} row
   */
  return function choose(message, at, row) {
    const { person, chats } = store.state;
    const isMine = message.sender.id === person;
    const mine = message.reactions.find(({ by }) => by === person)?.emoji;
    menu(at, row, 'What to do with this message', (close) => {
      /** @param {string} label @param {string} sign @param {() => void} deed @param {{key?: string, isDangerous?: boolean}} [more] */
      const choice = (label, sign, deed, more = {}) => item({ label, sign, ...more, act: () => { close(); deed(); } });
      const faces = FACES.map((emoji) =>
        el('button', {
          type: 'button', role: 'menuitemradio', tabindex: '-1', 'aria-checked': emoji === mine, 'aria-label': `React with ${emoji}`,
          on: { click: () => { close(); void acts.react(message, emoji === mine ? null : emoji); } },
        }, emoji));
      return [
        el('div', { class: 'faces', role: 'group', 'aria-label': 'Reactions' }, ...faces),
        choice('Reply', 'reply', () => acts.intend({ replyTo: message })),
        ...(mayEdit(store.state, message) ? [choice('Edit', 'edit', () => acts.intend({ editing: message }))] : []),
        ...(message.text ? [choice('Copy text', 'copy', () => copy(message.text))] : []),
        choice('Forward', 'forward', () => void forward(message)),
        ...(isMine || chats[message.chat]?.kind === 'private'
          ? [choice('Delete', 'trash', () => void remove(message), { isDangerous: true })]
          : []),
      ];
    });
  };
}
