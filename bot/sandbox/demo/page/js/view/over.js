// @ts-check
/** What lies above the page for a moment: menus, dialogs, pop-ups, the viewer. */
import { byId, el, icon, rove } from '../dom.js';

const TOAST = 4200; // ms
const MARGIN = 8; // pixels between a menu and the edge

/** Say something for a moment. @param {string} text */
export function toast(text) {
  const node = el('div', { class: 'toast' }, text);
  byId('toasts').append(node);
  setTimeout(() => node.remove(), TOAST + text.length * 30);
}

/**
 * A menu at a point of the page. Esc and a press elsewhere close it, and the focus goes back.
 *
 * @param {{x: number, y: number}} at
 * @param {HTMLElement} from where the focus goes back to
 * @param {string} label
 * @param {(close: () => void) => HTMLElement[]} fill
 */
export function menu(at, from, label, fill) {
  const node = el('div', { class: 'menu', role: 'menu', 'aria-label': label });
  const ending = new AbortController();
  const close = () => {
    ending.abort();
    const hadFocus = node.contains(document.activeElement);
    node.remove();
    if (hadFocus) from.focus({ preventScroll: true });
  };
  node.append(...fill(close));
  document.body.append(node);

  const { width, height } = node.getBoundingClientRect();
  node.style.left = `${Math.max(MARGIN, Math.min(at.x, innerWidth - width - MARGIN))}px`;
  node.style.top = `${Math.max(MARGIN, Math.min(at.y, innerHeight - height - MARGIN))}px`;

  const items = () => /** @type {HTMLElement[]} */ ([...node.querySelectorAll('[role^="menuitem"]')]);
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const all = items();
      const next = all[all.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + (event.key === 'ArrowRight' ? 1 : -1)];
      next?.focus();
    } else {
      rove(event, items());
    }
  });
  document.addEventListener('pointerdown', (event) => {
    if (!node.contains(/** @type {Node} */ (event.target))) close();
  }, { signal: ending.signal, capture: true });
  addEventListener('resize', close, { signal: ending.signal });
  items()[0]?.focus();
}

/**
 * An item of a menu.
 *
 * @param {{label: string, sign: string, key?: string, isDangerous?: boolean, act: () => void}} item
 */
export const item = ({ label, sign, key, isDangerous = false, act }) =>
  el('button', { type: 'button', role: 'menuitem', tabindex: '-1', class: isDangerous ? 'danger' : null, on: { click: act } },
    icon(sign), label, key ? el('kbd', {}, key) : null);

/**
 * A dialog over everything; it is gone when it is closed.
 *
 * @param {string} label
 * @param {string} classes
 * @param {(close: (value?: string) => void) => HTMLElement[]} fill
 * @returns {Promise<string>} what it was closed with, empty for nothing
 */
export function dialog(label, classes, fill) {
  const node = /** @type {HTMLDialogElement} */ (el('dialog', { class: classes, 'aria-label': label }));
  node.append(...fill((value = '') => node.close(value)));
  document.body.append(node);
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  return new Promise((resolve) => {
    node.addEventListener('click', (event) => event.target === node && node.close());
    node.addEventListener('close', () => {
      node.remove();
      before?.focus({ preventScroll: true });
      resolve(node.returnValue);
    });
    node.showModal();
  });
}

/**
 * A card with something to decide.
 *
 * @param {string} title
 * @param {string} text
 * @param {{label: string, value?: string, kind?: 'strong' | 'danger'}[]} ends
 * @param {HTMLElement[]} [more]
 */
export const card = (title, text, ends, more = []) =>
  dialog(title, 'card', (close) => [
    el('h2', {}, title),
    el('p', {}, text),
    ...more,
    el('div', { class: 'ends' },
      ...ends.map(({ label, value = '', kind }) =>
        el('button', { class: `button ${kind ?? ''}`, type: 'button', on: { click: () => close(value) } }, label))),
  ]);

/** Say something that has to be closed. @param {string} title @param {string} text */
export const alert = (title, text) => void card(title, text, [{ label: 'OK', kind: 'strong' }]);

/** Show a picture as large as it can be. @param {import('../types.js').Media} media @param {string} name */
export function viewer(media, name) {
  void dialog('Picture', 'viewer', (close) => [
    el('div', { class: 'stage', on: { click: () => close() } }, el('img', { src: media.url, alt: name || 'The picture' })),
    el('div', { class: 'tools' },
      el('a', { class: 'round', href: media.url, download: media.name, 'aria-label': 'Download' }, icon('download')),
      el('button', { class: 'round', type: 'button', 'aria-label': 'Close', on: { click: () => close() } }, icon('close'))),
  ]);
}
