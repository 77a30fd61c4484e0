// @ts-check
/** Elements, made without a word of HTML. */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Make an element. `on` holds listeners; an attribute that is null, undefined or false is left out.
 *
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(name, { on = {}, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  return filled(made, on, attributes, children);
}

/**
 * Make an element of a drawing.
 *
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), {}, attributes, children);
}

/**
 * One of our icons. It says nothing to a screen reader; whatever carries it has a name.
 *
 * @param {string} name
 */
export function icon(name) {
  return svg('svg', { class: 'icon', 'aria-hidden': 'true' }, svg('use', { href: `/icons.svg#${name}` }));
}

/**
 * The face of somebody or of a chat: an initial, or an icon.
 *
 * @param {{name: string, tone?: number, is_bot?: boolean, sign?: string}} whose
 * @param {string} [classes]
 */
export function avatar({ name, tone = 4, is_bot = false, sign }, classes = '') {
  const face = is_bot ? icon('bot') : sign ? icon(sign) : [...name][0]?.toUpperCase();
  return el('span', { class: `avatar ${is_bot ? 'bot' : `tone-${tone}`} ${classes}`, 'aria-hidden': 'true' }, face);
}

/**
 * The element with this id, which is in the page.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Move the focus among the items of a list by arrow keys, Home and End.
 *
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} items
 * @returns {boolean} whether the key was one of these
 */
export function rove(event, items) {
  const now = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const last = items.length - 1;
  const targets = {
    ArrowDown: Math.min(now + 1, last),
    ArrowUp: Math.max(now - 1, 0),
    Home: 0,
    End: last,
  };
  const target = targets[/** @type {keyof typeof targets} */ (event.key)];
  if (target === undefined || last < 0) return false;
  event.preventDefault();
  items[target].focus();
  return true;
}

/**
 * @template {Element} E
 * @param {E} made
 * @param {Record<string, EventListener>} on
 * @param {Record<string, any>} attributes
 * @param {Child[]} children
 * @returns {E}
 */
function filled(made, on, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, String(value));
  }
  for (const [type, listener] of Object.entries(on)) made.addEventListener(type, listener);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}
