// @ts-check
/** The drawer: what is happening between Telegram, the bot and OnDemand, and what can go wrong. */
import { byId, el, icon } from '../dom.js';
import { instant, took } from '../words.js';

/**
 * @typedef {import('../store.js').State} State
 * @typedef {import('../types.js').Happening} Happening
 * @typedef {import('../types.js').Fault} Fault
 */

const KILL = 'kill';
const LIT = 700; // ms that a station stays lit
const NEAR_END = 40; // pixels

/** The way of an update, and how its stations are recognised. @type {readonly {name: string, sign: string, is: (row: Happening) => boolean}[]} */
const STATIONS = [
  { name: 'Update', sign: 'plane', is: ({ kind, detail }) => kind === 'update' && detail === 'waiting' },
  { name: 'Inbox', sign: 'inbox', is: ({ kind, detail }) => kind === 'update' && detail !== 'waiting' },
  { name: 'Lane', sign: 'lane', is: ({ kind }) => kind === 'lane' },
  { name: 'OnDemand', sign: 'cloud', is: ({ kind }) => kind === 'ondemand' },
  { name: 'Answer', sign: 'chat', is: ({ kind }) => kind === 'telegram' },
];

/** @type {Record<string, {sign: string, label: string}>} */
const KINDS = {
  update: { sign: 'plane', label: 'Update' },
  lane: { sign: 'lane', label: 'Lane' },
  telegram: { sign: 'chat', label: 'Bot API' },
  ondemand: { sign: 'cloud', label: 'OnDemand' },
  log: { sign: 'text', label: 'Log' },
  bot: { sign: 'bot', label: 'Bot' },
  fault: { sign: 'bolt', label: 'Fault' },
};

/** @param {import('../store.js').Store} store @param {import('../acts.js').Acts} acts */
export function mountDrawer(store, acts) {
  const drawer = byId('drawer');
  const opener = byId('happening');
  const rows = el('ol', { id: 'rows', class: 'scroll', tabindex: '0', 'aria-label': 'What happened, oldest first' });
  const faults = el('div', { id: 'faults', class: 'scroll' });
  const quiet = /** @type {HTMLInputElement} */ (el('input', { type: 'checkbox' }));
  const stations = STATIONS.map(({ name, sign }) => el('li', {}, el('span', { class: 'spot' }, icon(sign)), name));
  const panels = [
    el('section', { class: 'panel', id: 'panel-rows', role: 'tabpanel', 'aria-labelledby': 'tab-rows' },
      el('ol', { class: 'way-of', 'aria-label': 'The way of an update' }, ...stations),
      el('div', { class: 'tools' }, el('label', {}, quiet, 'Polling and typing, too'),
        el('button', { class: 'text-button', type: 'button', on: { click: clear } }, 'Clear')),
      rows),
    el('section', { class: 'panel', id: 'panel-faults', role: 'tabpanel', 'aria-labelledby': 'tab-faults' }, faults),
  ];
  const tabs = ['Happening', 'Faults'].map((label, index) =>
    el('button', { type: 'button', role: 'tab', id: panels[index].getAttribute('aria-labelledby'), 'aria-controls': panels[index].id, on: { click: () => choose(index) } }, label));
  const close = el('button', { class: 'round', type: 'button', 'aria-label': 'Close', on: { click: () => turn(false) } }, icon('close'));
  drawer.append(el('header', { class: 'bar' }, el('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Drawer' }, ...tabs), close), ...panels);

  /** @type {Map<string, {node: HTMLElement, row: Happening}>} */
  let shown = new Map();
  let clearedBefore = '';
  /** @type {number[]} */
  const lights = [];

  /** @param {boolean} isOpen */
  function turn(isOpen) {
    drawer.hidden = !isOpen;
    opener.setAttribute('aria-expanded', String(isOpen));
    sessionStorage.setItem('drawer', isOpen ? 'open' : '');
    if (isOpen) render(store.state, true);
    else opener.focus();
  }

  /** @param {number} index */
  function choose(index) {
    tabs.forEach((tab, at) => {
      tab.setAttribute('aria-selected', String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
      panels[at].hidden = at !== index;
    });
  }

  function clear() {
    clearedBefore = store.state.happenings.at(-1)?.key ?? '';
    shown = new Map();
    rows.replaceChildren();
  }

  /** @param {Happening} row @param {HTMLElement} node */
  function fill(node, row) {
    const { kind, what, at, ms, status, detail, lane } = row;
    const isCall = kind === 'telegram' || kind === 'ondemand';
    const isOpen = isCall && status === null;
    const isBad = (isCall && status !== null && status >= 400) || what === 'failed' || (kind === 'log') || what === 'killed';
    const { sign, label } = KINDS[kind] ?? { sign: 'text', label: kind };
    const number = isCall && status !== null && status >= 400 ? `${status}` : null;
    node.dataset.kind = kind;
    node.className = [isOpen && 'open', isBad && 'bad', kind === 'update' && 'turn'].filter(Boolean).join(' ');
    // Of a lane its kind is shown; its whole name is the tip.
    const about = [kind === 'lane' ? lane?.split(':')[0] : null, detail].filter(Boolean).join(' · ');
    node.title = [label, what, lane, kind === 'update' && status !== null ? `number ${status}` : null, detail].filter(Boolean).join(' · ');
    node.replaceChildren(
      el('time', { datetime: at }, instant(at)),
      icon(sign),
      el('span', { class: 'what' }, el('span', { class: 'unseen' }, `${label}: `), isCall ? el('code', {}, what) : `${kind === 'update' || kind === 'lane' ? `${label} ` : ''}${what.replaceAll('_', ' ')}`,
        about ? el('span', { class: 'detail' }, ` ${about}`) : null),
      el('span', { class: 'took' }, [number, ms === null ? (isOpen ? 'now' : null) : took(ms)].filter(Boolean).join(' · ')),
    );
  }

  /** @param {State} state @param {boolean} isAll */
  function render(state, isAll) {
    const isAtEnd = rows.scrollHeight - rows.scrollTop - rows.clientHeight < NEAR_END;
    const from = clearedBefore ? state.happenings.findIndex(({ key }) => key === clearedBefore) + 1 : 0;
    const wanted = state.happenings.slice(from).filter((row) => !row.is_quiet || quiet.checked);
    if (isAll) rows.replaceChildren();
    const next = new Map();
    for (const row of wanted) {
      const known = shown.get(row.key);
      const node = known?.node ?? el('li');
      if (known?.row !== row) fill(node, row);
      if (!known || isAll) rows.append(node);
      next.set(row.key, { node, row });
    }
    for (const [key, { node }] of shown) if (!next.has(key)) node.remove();
    shown = next;
    if (isAtEnd || isAll) rows.scrollTop = rows.scrollHeight;
  }

  /** @param {State} state @param {State} before */
  function light(state, before) {
    const known = new Set(before.happenings);
    for (const row of state.happenings.slice(-20)) {
      if (known.has(row) || row.is_quiet) continue;
      STATIONS.forEach(({ is }, index) => {
        if (!is(row)) return;
        stations[index].classList.add('lit');
        clearTimeout(lights[index]);
        lights[index] = setTimeout(() => stations[index].classList.remove('lit'), LIT);
      });
    }
  }

  /** @param {Fault} fault */
  function faultNode(fault) {
    const words = { idle: '', armed: 'Armed: it waits for its moment', used: 'It has happened' };
    const isOnce = fault.name === 'duplicate_update';
    return el('article', { class: `fault ${fault.state}`, 'data-fault': fault.name },
      el('b', {}, fault.title),
      el('button', { class: 'button', type: 'button', 'aria-pressed': isOnce ? null : fault.state === 'armed', 'aria-label': `${fault.title}: ${isOnce ? 'do it' : fault.state === 'armed' ? 'disarm' : 'arm'}`, on: { click: () => void acts.turn(fault) } },
        isOnce ? 'Do it' : fault.state === 'armed' ? 'Disarm' : 'Arm'),
      el('p', {}, fault.sentence, words[fault.state] ? el('span', { class: 'state' }, ` ${words[fault.state]}.`) : null));
  }

  /** @param {State} state */
  function showFaults(state) {
    const at = /** @type {HTMLElement | null} */ (document.activeElement)?.closest('[data-fault]')?.getAttribute('data-fault');
    const kill = state.faults.find(({ name }) => name === KILL);
    faults.replaceChildren(
      ...(kill
        ? [el('div', { class: 'kill', 'data-fault': KILL }, el('button', { class: 'button', type: 'button', on: { click: () => void acts.turn(kill) } }, icon('power'), 'Kill the bot now'), el('p', {}, kill.sentence))]
        : []),
      el('p', { class: 'intro' }, 'Arm a fault, then write to the bot, and watch what becomes of your answer.'),
      ...state.faults.filter(({ name }) => name !== KILL).map(faultNode),
    );
    if (at) /** @type {HTMLElement | null} */ (faults.querySelector(`[data-fault="${at}"] button`))?.focus();
  }

  tabs.forEach((tab, index) => tab.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    const other = (index + 1) % tabs.length;
    choose(other);
    tabs[other].focus();
  }));
  quiet.addEventListener('change', () => {
    shown = new Map();
    render(store.state, true);
  });
  opener.addEventListener('click', () => turn(Boolean(drawer.hidden)));
  drawer.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') turn(false);
  });

  choose(0);
  store.watch((state, before) => {
    if (state.faults !== before.faults) showFaults(state);
    if (state.happenings === before.happenings || drawer.hidden) return;
    light(state, before);
    render(state, false);
  });
  if (sessionStorage.getItem('drawer')) turn(true);
}
