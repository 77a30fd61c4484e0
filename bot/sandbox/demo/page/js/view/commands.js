// @ts-check
/** The menu of commands above the composer: opened by its button, or by writing "/". */
import { el } from '../dom.js';

/**
 * The commands that begin with what was written; all of them for a bare "/".
 *
 * @param {readonly {command: string, description: string}[]} known
 * @param {string} written
 */
export function fitting(known, written) {
  const begun = /^\/(\w*)$/.exec(written);
  return begun ? known.filter(({ command }) => command.startsWith(begun[1].toLowerCase())) : [];
}

/**
 * @param {HTMLElement} root
 * @param {HTMLTextAreaElement} text
 * @param {() => Promise<{command: string, description: string}[]>} ask for the commands there are here
 * @param {() => void} submit sends what is written
 */
export function createCommands(root, text, ask, submit) {
  const list = el('div', { id: 'commands', class: 'scroll', role: 'listbox', 'aria-label': 'Commands', hidden: '' });
  root.append(list);
  /** @type {{command: string, description: string}[]} */
  let known = [];
  /** @type {{command: string, description: string}[]} */
  let shown = [];
  let chosen = 0;
  let isAsked = false;

  function show() {
    list.hidden = shown.length === 0;
    text.setAttribute('aria-expanded', String(!list.hidden));
    list.replaceChildren(
      ...shown.map(({ command, description }, index) =>
        el('div', {
          id: `command-${command}`, role: 'option', 'aria-selected': index === chosen,
          on: { click: () => send(command), pointermove: () => choose(index) },
        }, el('b', {}, `/${command}`), el('span', {}, description))),
    );
    if (list.hidden) text.removeAttribute('aria-activedescendant');
    else text.setAttribute('aria-activedescendant', `command-${shown[chosen].command}`);
    list.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {number} index */
  function choose(index) {
    if (index === chosen) return;
    chosen = index;
    [...list.children].forEach((each, at) => each.setAttribute('aria-selected', String(at === chosen)));
    text.setAttribute('aria-activedescendant', `command-${shown[chosen].command}`);
    list.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }

  function close() {
    shown = [];
    show();
  }

  /** @param {string} command */
  function send(command) {
    close();
    text.value = `/${command}`;
    submit();
  }

  async function update() {
    if (!text.value.startsWith('/')) {
      isAsked = false;
      if (shown.length) close();
      return;
    }
    if (!isAsked) {
      known = await ask();
      // A bot that has just started tells its commands a little later.
      isAsked = known.length > 0;
    }
    shown = fitting(known, text.value);
    chosen = 0;
    show();
  }

  text.addEventListener('input', () => void update());
  document.addEventListener('pointerdown', (event) => {
    if (shown.length && !root.contains(/** @type {Node} */ (event.target))) close();
  });

  return {
    close,

    /** Open the menu, or close it. */
    turn() {
      if (shown.length) {
        close();
        return;
      }
      text.value = '/';
      text.dispatchEvent(new Event('input'));
      text.focus();
    },

    /** Whether a key was meant for the menu. @param {KeyboardEvent} event */
    takes(event) {
      if (!shown.length) return false;
      const last = shown.length - 1;
      if (event.key === 'ArrowDown') choose(chosen === last ? 0 : chosen + 1);
      else if (event.key === 'ArrowUp') choose(chosen === 0 ? last : chosen - 1);
      else if (event.key === 'Enter' && !event.shiftKey) send(shown[chosen].command);
      else if (event.key === 'Tab' && !event.shiftKey) {
        text.value = `/${shown[chosen].command} `;
        close();
      } else if (event.key === 'Escape') close();
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
  };
}
