// @ts-check
/** A message as a bubble, with the buttons below it. */
import { avatar, el, icon } from '../dom.js';
import { dress, tree } from '../entities.js';
import { clock, gist, kindOf, service } from '../words.js';

/**
 * @typedef {import('../types.js').Message} Message
 *
 * How a message stands among its neighbours.
 * @typedef {{isMine: boolean, isFirst: boolean, isLast: boolean, hasFace: boolean, hasName: boolean}} Stand
 *
 * What a bubble needs of the page around it.
 * @typedef {object} Around
 * @property {(message: Message) => HTMLElement | null} media
 * @property {(message: Message) => import('../entities.js').Hooks} hooks
 * @property {(name: string) => number} tone of somebody, by the name that everybody sees
 * @property {(message: Message, key: import('../types.js').Key) => void} press
 * @property {(message: Message, data: string) => boolean} isBusy
 * @property {(message: Message, emoji: string | null) => void} react
 * @property {(id: number) => void} jump
 * @property {number | null} me
 */

/** The sign on the button that ends an answer; an answer that has it still grows. */
const STOP = '■';
const MANY_KEYS = 3;

/** @param {Message} message */
export const isGrowing = (message) => message.keyboard.some((row) => row.some(({ label }) => label.startsWith(STOP)));

/** What Telegram itself tells. @param {Message} message */
export const serviceNode = (message) =>
  el('div', { class: 'service' }, message.service ? service(message.service) : '');

/**
 * Fill a row with a message, instead of what was in it.
 *
 * @param {HTMLElement} row
 * @param {Message} message
 * @param {Stand} stand
 * @param {Around} around
 */
export function fill(row, message, stand, around) {
  const { sender } = message;
  row.className = ['row', stand.isMine && 'mine', stand.hasFace && 'faced', stand.isFirst && 'first', stand.isLast && 'last'].filter(Boolean).join(' ');
  row.setAttribute('aria-label', `${stand.isMine ? 'You' : sender.name}, ${clock(message.date)}`);
  row.replaceChildren(el('div', { class: 'stack' }, bubble(message, stand, around), keyboard(message, around)));
}

/** @param {Message} message @param {Stand} stand @param {Around} around */
function bubble(message, { hasName, hasFace, isLast }, around) {
  const { sender, forwarded, edited } = message;
  const tone = `tone-${around.tone(sender.name)}`;
  // An answer of the bot is edited while it grows; to say so would say nothing.
  const meta = el('span', { class: 'meta' }, edited && !sender.is_bot ? 'edited ' : null, el('time', { datetime: message.date }, clock(message.date)));
  const words = message.text
    ? dress(tree(message.text, message.entities), around.hooks(message))
    : message.other && `${kindOf(message.other.kind) ?? message.other.kind.replaceAll('_', ' ')}`;
  const media = around.media(message);
  return el(
    'div',
    { class: ['bubble', tone, isGrowing(message) && 'growing', media && !words && 'bare'].filter(Boolean).join(' ') },
    hasName && el('div', { class: 'author' }, sender.name),
    forwarded && el('div', { class: 'forwarded' }, 'Forwarded from ', el('b', {}, forwarded.from)),
    message.reply_to && replyBar(message.reply_to, around),
    media,
    el('div', { class: 'body' }, words || null, meta),
    message.reactions.length ? reactions(message, around) : null,
    hasFace && isLast && avatar({ ...sender, tone: around.tone(sender.name) }, 'small'),
    // By keyboard the row itself opens the menu.
    el('button', { class: 'round more', type: 'button', tabindex: '-1', 'aria-label': 'What to do with this message' }, icon('down')),
  );
}

/** @param {NonNullable<Message['reply_to']>} answered @param {Around} around */
function replyBar(answered, { jump, tone }) {
  const said = answered.text || kindOf(answered.kind) || '…';
  return el(
    'button',
    { class: `reply-to tone-${tone(answered.sender)}`, type: 'button', 'aria-label': `In reply to ${answered.sender}: ${said}`, on: { click: () => jump(answered.id) } },
    el('b', {}, answered.sender),
    el('span', {}, said.replace(/\s+/g, ' ')),
  );
}

/** @param {Message} message @param {Around} around */
function reactions(message, { react, me }) {
  /** @type {Map<string, number[]>} */
  const byEmoji = new Map();
  for (const { emoji, by } of message.reactions) byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), by]);
  const buttons = [...byEmoji].map(([emoji, people]) => {
    const isMine = people.includes(me ?? NaN);
    return el(
      'button',
      { type: 'button', 'aria-pressed': isMine, 'aria-label': `${emoji}, ${people.length}`, on: { click: () => react(message, isMine ? null : emoji) } },
      emoji,
      people.length > 1 ? el('span', {}, String(people.length)) : null,
    );
  });
  return el('div', { class: 'reactions' }, ...buttons);
}

/** @param {Message} message @param {Around} around */
function keyboard(message, around) {
  if (!message.keyboard.length) return null;
  const isWide = message.keyboard.some((row) => row.length >= MANY_KEYS);
  const rows = message.keyboard.map((row) =>
    el('div', { class: 'keys' }, ...row.map((each) => key(message, each, around))),
  );
  return el('div', { class: isWide ? 'keyboard with-many' : 'keyboard', role: 'group', 'aria-label': `Buttons: ${gist(message).slice(0, 40)}` }, ...rows);
}

/** @param {Message} message @param {import('../types.js').Key} each @param {Around} around */
function key(message, each, around) {
  if (each.url) {
    const click = (/** @type {Event} */ event) => {
      event.preventDefault();
      around.press(message, each);
    };
    return el('a', { class: 'key', href: each.url, target: '_blank', rel: 'noopener noreferrer', on: { click } }, each.label, icon('out'));
  }
  const isBusy = each.data !== null && around.isBusy(message, each.data);
  return el('button', { class: 'key', type: 'button', 'aria-busy': isBusy, on: { click: () => around.press(message, each) } }, each.label);
}
