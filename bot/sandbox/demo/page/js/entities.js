// @ts-check
/**
 * A text with entities becomes a tree, and the tree becomes nodes. Nobody's words are ever read as
 * HTML: every piece of text ends in a text node, and a link is one only if it is harmless.
 */
import { el, icon } from './dom.js';

/** @typedef {import('./types.js').Entity} Entity */
/** @typedef {string | {entity: Entity, text: string, children: Branch[]}} Branch */

const BLOCKS = new Set(['pre', 'blockquote', 'expandable_blockquote']);
const SCHEMES = new Set(['http:', 'https:', 'tg:', 'mailto:']);
/** A folding quote shows this many lines, or about this many characters, when it is folded. */
const FOLDED = { lines: 3, characters: 190 };

/**
 * Nest the entities of a text. Those that reach beyond the text are cut, and those that cross each
 * other are parted where they cross, so that the tree always says the whole text.
 *
 * @param {string} text
 * @param {readonly Entity[]} entities in UTF-16 units, as strings of JavaScript count
 * @returns {Branch[]}
 */
export function tree(text, entities) {
  const known = entities
    .map((each) => ({ ...each, end: Math.min(each.offset + each.length, text.length) }))
    .filter((each) => each.offset >= 0 && each.offset < each.end)
    .sort((a, b) => a.offset - b.offset || b.end - a.end);
  return branches(text, 0, text.length, known);
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {(Entity & {end: number})[]} within sorted by offset, the longer ones first
 * @returns {Branch[]}
 */
function branches(text, start, end, within) {
  /** @type {Branch[]} */
  const found = [];
  let at = start;
  let rest = within;
  while (rest.length) {
    const [first, ...others] = rest;
    if (first.offset > at) found.push(text.slice(at, first.offset));
    const inside = [];
    const after = [];
    for (const each of others) {
      if (each.offset >= first.end) {
        after.push(each);
      } else if (each.end <= first.end) {
        inside.push(each);
      } else {
        inside.push({ ...each, end: first.end });
        after.push({ ...each, offset: first.end });
      }
    }
    after.sort((a, b) => a.offset - b.offset || b.end - a.end);
    found.push({
      entity: first,
      text: text.slice(first.offset, first.end),
      children: branches(text, first.offset, first.end, inside),
    });
    at = first.end;
    rest = after;
  }
  if (at < end) found.push(text.slice(at, end));
  return found;
}

/**
 * Say where a link leads, if that is a place a link may lead to.
 *
 * @param {string} address
 * @returns {string | null}
 */
export function harmless(address) {
  const whole = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`;
  try {
    const url = new URL(whole);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * What a text asks of the page around it.
 *
 * @typedef {object} Hooks
 * @property {(command: string) => void} command a command was pressed
 * @property {(href: string) => boolean} follow a link was pressed; true if that is all to be done
 * @property {(text: string) => void} copy
 * @property {(nth: number) => boolean} isOpen whether the nth thing that hides something is open
 * @property {(nth: number, isOpen: boolean) => void} turn it was opened or closed
 */

/**
 * Make nodes of a tree.
 *
 * @param {readonly Branch[]} trunk
 * @param {Hooks} hooks
 * @returns {DocumentFragment}
 */
export function dress(trunk, hooks) {
  let hidden = 0;
  const next = () => hidden++;

  /** @param {readonly Branch[]} twigs */
  function all(twigs) {
    const fragment = document.createDocumentFragment();
    twigs.forEach((twig, index) => {
      if (typeof twig === 'string') {
        // A block brings its own distance.
        let words = twig;
        if (isBlock(twigs[index - 1])) words = words.replace(/^\n{1,2}/, '');
        if (isBlock(twigs[index + 1])) words = words.replace(/\n{1,2}$/, '');
        fragment.append(words);
      } else {
        fragment.append(one(twig));
      }
    });
    return fragment;
  }

  /** @param {Exclude<Branch, string>} branch */
  function one({ entity, text, children }) {
    const inner = () => all(children);
    switch (entity.type) {
      case 'bold': return el('strong', {}, inner());
      case 'italic': return el('em', {}, inner());
      case 'underline': return el('u', {}, inner());
      case 'strikethrough': return el('s', {}, inner());
      case 'code': return el('code', {}, inner());
      case 'pre': return code(text, entity.language ?? '', hooks);
      case 'spoiler': return spoiler(inner(), next(), hooks);
      case 'blockquote': return el('blockquote', { class: 'quote' }, inner());
      case 'expandable_blockquote': return folding(text, inner(), next(), hooks);
      case 'text_link': return link(entity.url ?? '', inner(), hooks);
      case 'url': return link(text, inner(), hooks);
      case 'email': return link(`mailto:${text}`, inner(), hooks);
      case 'bot_command':
        return el('button', { class: 'pressable', type: 'button', on: { click: () => hooks.command(text) } }, inner());
      case 'mention':
      case 'text_mention':
      case 'hashtag':
      case 'cashtag':
        return el('span', { class: 'pressable' }, inner());
      default: return inner();
    }
  }

  return all(trunk);
}

/** @param {Branch | undefined} twig */
function isBlock(twig) {
  return typeof twig === 'object' && BLOCKS.has(twig.entity.type);
}

/** @param {string} address @param {Node} words @param {Hooks} hooks */
function link(address, words, hooks) {
  const href = harmless(address);
  if (!href) return words;
  const click = (/** @type {Event} */ event) => {
    if (hooks.follow(href)) event.preventDefault();
  };
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer', on: { click } }, words);
}

/** @param {string} text @param {string} language @param {Hooks} hooks */
function code(text, language, hooks) {
  const copy = el(
    'button',
    { class: 'copy', type: 'button', 'aria-label': 'Copy this code', title: 'Copy', on: { click: () => hooks.copy(text) } },
    icon('copy'),
  );
  return el(
    'div',
    { class: 'pre' },
    el('div', { class: language ? 'head' : 'head bare' }, language || null, copy),
    el('pre', { tabindex: '0', 'aria-label': language ? `Code, ${language}` : 'Table or code' }, el('code', {}, text)),
  );
}

/** @param {Node} words @param {number} nth @param {Hooks} hooks */
function spoiler(words, nth, hooks) {
  if (hooks.isOpen(nth)) return el('span', { class: 'spoiler shown' }, words);
  const show = () => {
    hooks.turn(nth, true);
    cover.className = 'spoiler shown';
    for (const name of ['role', 'tabindex', 'aria-label']) cover.removeAttribute(name);
  };
  const cover = el(
    'span',
    {
      class: 'spoiler',
      role: 'button',
      tabindex: '0',
      'aria-label': 'Hidden text: press to show it',
      on: {
        click: show,
        keydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault();
            show();
          }
        },
      },
    },
    words,
  );
  return cover;
}

/** @param {string} text @param {Node} words @param {number} nth @param {Hooks} hooks */
function folding(text, words, nth, hooks) {
  const quote = el('blockquote', { class: 'quote' }, el('div', { class: 'words' }, words));
  if (text.length <= FOLDED.characters && text.split('\n').length <= FOLDED.lines) return quote;
  const label = el('span', {});
  const fold = el('button', { class: 'fold', type: 'button' }, label, icon('down'));
  /** @param {boolean} isOpen */
  const show = (isOpen) => {
    quote.className = isOpen ? 'quote folds' : 'quote folds folded';
    fold.setAttribute('aria-expanded', String(isOpen));
    label.textContent = isOpen ? 'Show less' : 'Show all';
  };
  const turn = () => {
    const isOpen = quote.classList.contains('folded');
    hooks.turn(nth, isOpen);
    show(isOpen);
  };
  fold.addEventListener('click', turn);
  quote.firstElementChild?.addEventListener('click', () => {
    if (!getSelection()?.toString()) turn();
  });
  quote.append(fold);
  show(hooks.isOpen(nth));
  return quote;
}
