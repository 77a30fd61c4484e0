// @ts-check
/** Where one writes, attaches and speaks; what is written stays with its place. */
import { Refusal } from '../api.js';
import { avatar, byId, el, icon } from '../dom.js';
import { kindOfFile, objection } from '../files.js';
import { placeKey, placeName } from '../places.js';
import { NoMicrophone, record } from '../recorder.js';
import { NO_INTENT } from '../store.js';
import { path } from '../waveform.js';
import { gist, length, size } from '../words.js';
import { createCommands } from './commands.js';
import { card, item, menu, toast } from './over.js';

/**
 * @typedef {import('../store.js').State} State
 * @typedef {import('../types.js').Message} Message
 * @typedef {{file: File, kind: string, node: HTMLElement, show: (part: number | string) => void,
 *   ending: AbortController}} Piece
 */

const LEVELS = 60; // bars of the meter
const LEVEL_EVERY = 80; // ms
const TALLEST = 320; // pixels of the text, where the browser does not size it by itself

/**
 * @param {import('../store.js').Store} store
 * @param {import('../acts.js').Acts} acts
 */
export function mountComposer(store, acts) {
  const root = byId('composer');
  const chat = byId('chat');
  const dropzone = byId('dropzone');

  const text = /** @type {HTMLTextAreaElement} */ (el('textarea', {
    id: 'text', rows: '1', placeholder: 'Message', 'aria-label': 'Message', autocomplete: 'off', enterkeyhint: 'send',
    role: 'combobox', 'aria-controls': 'commands', 'aria-expanded': 'false', 'aria-autocomplete': 'list',
  }));
  const picker = /** @type {HTMLInputElement} */ (el('input', { type: 'file', multiple: '', hidden: '', tabindex: '-1', 'aria-label': 'Files' }));
  const attach = round('clip', 'Attach files', () => picker.click());
  const slash = round('slash', 'Commands', () => commands.turn());
  const go = round('send', 'Send', () => void send());
  go.classList.add('strong');
  const mic = round('mic', 'Record a voice message', () => void speak());
  const who = el('button', { class: 'round', type: 'button' });
  const context = el('div', { class: 'context', hidden: '' });
  const tray = el('div', { class: 'tray', hidden: '', 'aria-label': 'Attached' });
  const line = el('div', { class: 'line' }, who, attach, text, slash, mic, go);
  const box = el('div', { class: 'box' }, context, tray, line, picker);
  const chips = el('div', { id: 'chips', hidden: '' });
  root.append(chips, box);
  const commands = createCommands(box, text, acts.commands, () => void send());

  let key = '';
  /** What was written and not sent. @type {Map<string, string>} */
  const written = new Map();
  /** @type {Piece[]} */
  let pieces = [];
  /** @type {import('../recorder.js').Recording | null} */
  let recording = null;

  /** @param {string} sign @param {string} label @param {() => void} click */
  function round(sign, label, click) {
    return el('button', { class: 'round', type: 'button', 'aria-label': label, title: label, on: { click } }, icon(sign));
  }

  const intent = () => store.state.intents[key] ?? NO_INTENT;

  /** Let the box fit what is in it. */
  function fit() {
    const isEmpty = text.value.trim() === '' && pieces.length === 0 && !intent().editing;
    go.hidden = isEmpty;
    mic.hidden = !isEmpty;
    if (!CSS.supports('field-sizing', 'content')) {
      text.style.height = 'auto';
      text.style.height = `${Math.min(text.scrollHeight, TALLEST)}px`;
    }
  }

  /** @param {string} value */
  function write(value) {
    text.value = value;
    fit();
    text.focus();
  }

  async function send() {
    const { editing, replyTo } = intent();
    const said = text.value;
    if (editing) {
      if (said.trim() && (said === editing.text || (await acts.edit(editing, said)))) leave();
      return;
    }
    if (pieces.length) {
      await sendPieces(said, replyTo);
      return;
    }
    if (!said.trim()) return;
    write('');
    acts.intend({});
    // What could not be sent is given back, unless something else has been written meanwhile.
    if (!(await acts.say(said, replyTo)) && !text.value) write(said);
  }

  /** @param {string} caption @param {Message | null} replyTo */
  async function sendPieces(caption, replyTo) {
    let words = caption;
    write('');
    acts.intend({});
    for (const piece of [...pieces]) {
      try {
        await acts.send({ ...piece, name: piece.file.name, caption: words, replyTo }, piece.show, piece.ending.signal);
        words = '';
        drop(piece);
      } catch (error) {
        if (error instanceof Refusal) piece.show(error.message);
        else if (!(error instanceof DOMException)) throw error;
      }
    }
    if (words && !text.value) write(words);
  }

  /** @param {Iterable<File>} files */
  function take(files) {
    const limits = store.state.stage?.limits;
    if (!limits || !store.state.open) return;
    for (const file of files) {
      const no = objection(file, limits);
      if (no) {
        void card('This file is too large', no, [{ label: 'OK', kind: 'strong' }]);
      } else {
        const piece = pieceOf(file);
        pieces = [...pieces, piece];
        tray.append(piece.node);
      }
    }
    tray.hidden = pieces.length === 0;
    fit();
    text.focus();
  }

  /** @param {File} file @returns {Piece} */
  function pieceOf(file) {
    const kind = kindOfFile(file);
    const about = el('small', {}, size(file.size));
    const bar = /** @type {HTMLProgressElement} */ (el('progress', { max: '1', value: '0', hidden: '', 'aria-label': `Sending ${file.name}` }));
    const address = kind === 'photo' ? URL.createObjectURL(file) : null;
    const thumb = address ? el('img', { class: 'thumb', src: address, alt: '' }) : el('span', { class: 'thumb' }, icon('file'));
    const ending = new AbortController();
    ending.signal.addEventListener('abort', () => address && URL.revokeObjectURL(address));
    const piece = {
      file, kind, ending,
      /** @param {number | string} told the part that is up, or why it did not get up */
      show(told) {
        bar.hidden = typeof told === 'string';
        if (typeof told === 'number') bar.value = told;
        about.textContent = typeof told === 'string' ? told : `${Math.round(told * 100)} % of ${size(file.size)}`;
      },
      node: el('div', { class: 'piece' }, thumb, el('span', {}, el('b', {}, file.name), about), bar,
        el('button', { class: 'round', type: 'button', 'aria-label': `Take ${file.name} back`, on: { click: () => drop(piece) } }, icon('close'))),
    };
    return piece;
  }

  /** @param {Piece} piece */
  function drop(piece) {
    piece.ending.abort();
    piece.node.remove();
    pieces = pieces.filter((each) => each !== piece);
    tray.hidden = pieces.length === 0;
    fit();
  }

  /** Record what somebody says; where that is impossible, say why and offer the sample. */
  async function speak() {
    if (recording) return;
    try {
      recording = await record();
    } catch (error) {
      if (!(error instanceof NoMicrophone)) throw error;
      await offerSample(error.message);
      return;
    }
    const { replyTo } = intent();
    const limit = store.state.stage?.limits.recording ?? Infinity;
    const time = el('span', { class: 'time', role: 'timer' }, '0:00');
    const bars = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const meter = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    meter.setAttribute('viewBox', `0 0 ${LEVELS * 5} 28`);
    // Where there is little room, the newest part is shown.
    meter.setAttribute('preserveAspectRatio', 'xMaxYMid slice');
    meter.append(bars);
    /** @type {number[]} */
    let levels = Array(LEVELS).fill(0);
    const ticking = setInterval(() => {
      if (!recording) return;
      levels = [...levels.slice(1), recording.level()];
      bars.setAttribute('d', path(levels));
      time.textContent = length(recording.seconds);
      if (recording.seconds >= limit) void end(true);
    }, LEVEL_EVERY);
    const sendIt = round('send', 'Send the voice message', () => void end(true));
    sendIt.classList.add('strong');
    const bar = el('div', { class: 'recording', role: 'group', 'aria-label': 'Recording' },
      el('span', { class: 'live', 'aria-hidden': 'true' }), time, el('div', { class: 'level', 'aria-hidden': 'true' }, meter),
      el('button', { class: 'button', type: 'button', on: { click: () => void end(false) } }, 'Cancel'), sendIt);

    /** @param {boolean} isWanted */
    async function end(isWanted) {
      const ended = recording;
      if (!ended) return;
      recording = null;
      clearInterval(ticking);
      bar.replaceWith(line);
      text.focus();
      if (!isWanted) {
        await ended.cancel();
        return;
      }
      const file = await ended.finish();
      acts.intend({});
      try {
        await acts.send({ file, name: 'voice', kind: 'voice', replyTo }, () => {});
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        toast(error.message);
      }
    }

    bar.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      void end(false);
    });
    line.replaceWith(bar);
    sendIt.focus();
  }

  /** @param {string} why */
  async function offerSample(why) {
    const sample = store.state.stage?.sample;
    if (!sample) return;
    const decided = await card(
      'No microphone',
      `${why}\n\nYou can send a recording that comes along. It says: “${sample.text}”`,
      [{ label: 'Not now' }, { label: 'Send the sample', value: 'send', kind: 'strong' }],
      [el('audio', { src: sample.url, controls: '', preload: 'none', 'aria-label': 'The sample recording' })],
    );
    if (decided === 'send') await acts.sample();
  }

  /** Stop answering or changing another message. */
  function leave() {
    if (intent().editing) write('');
    acts.intend({});
  }

  /** @param {State} state @param {State} before */
  function showIntent(state, before) {
    const { replyTo, editing } = state.intents[key] ?? NO_INTENT;
    const was = before.intents[key] ?? NO_INTENT;
    const about = editing ?? replyTo;
    context.hidden = !about;
    if (about) {
      context.replaceChildren(
        icon(editing ? 'edit' : 'reply'),
        el('div', { class: 'what' }, el('b', {}, editing ? 'Edit' : `Reply to ${about.sender.name}`), el('span', {}, gist(about))),
        round('close', editing ? 'Do not edit' : 'Do not reply', leave),
      );
    }
    if (editing && editing !== was.editing) write(editing.text);
    if (about && about !== (was.editing ?? was.replyTo)) text.focus();
    fit();
  }

  /** @param {State} state */
  function showWho(state) {
    const { stage, open, chats } = state;
    const isGroup = open !== null && chats[open.chat]?.kind !== 'private';
    const index = stage?.people.findIndex(({ id }) => id === state.person) ?? -1;
    who.hidden = !isGroup || index < 0;
    if (!stage || index < 0) return;
    const { name } = stage.people[index];
    who.replaceChildren(avatar({ name, tone: (index % 3) + 1 }, 'small'));
    who.setAttribute('aria-label', `You write as ${name}; press to be somebody else`);
    who.title = `You are ${name}`;
  }

  who.addEventListener('click', () => {
    const { left, top } = who.getBoundingClientRect();
    const people = store.state.stage?.people ?? [];
    menu({ x: left, y: top - 140 }, text, 'Who you are', (close) =>
      people.map(({ id, name }, index) => {
        const one = item({ label: name, sign: 'people', act: () => { close(); acts.become(id); text.focus(); } });
        one.firstElementChild?.replaceWith(avatar({ name, tone: (index % 3) + 1 }, 'small'));
        one.setAttribute('role', 'menuitemradio');
        one.setAttribute('aria-checked', String(id === store.state.person));
        return one;
      }));
  });

  text.addEventListener('input', fit);
  text.addEventListener('keydown', (event) => {
    if (event.isComposing || commands.takes(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send();
    } else if (event.key === 'Escape' && (intent().replyTo || intent().editing)) {
      event.stopPropagation();
      leave();
    } else if (event.key === 'ArrowUp' && !text.value) {
      const mine = store.state.histories[key]?.messages.findLast((each) => mayEdit(store.state, each));
      if (mine) {
        event.preventDefault();
        acts.intend({ editing: mine });
      }
    }
  });
  text.addEventListener('paste', (event) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    take(files);
  });
  picker.addEventListener('change', () => {
    take(picker.files ?? []);
    picker.value = '';
  });

  const isCarrying = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') && store.state.open;
  chat.addEventListener('dragover', (event) => {
    if (!isCarrying(event)) return;
    event.preventDefault();
    dropzone.hidden = false;
  });
  chat.addEventListener('dragleave', (event) => {
    if (!chat.contains(/** @type {Node | null} */ (event.relatedTarget))) dropzone.hidden = true;
  });
  chat.addEventListener('drop', (event) => {
    if (!isCarrying(event)) return;
    event.preventDefault();
    dropzone.hidden = true;
    take(event.dataTransfer?.files ?? []);
  });

  store.watch((state, before) => {
    const { open } = state;
    root.hidden = !open;
    const now = open ? placeKey(state, open) : '';
    if (now !== key) {
      written.set(key, intent().editing ? '' : text.value);
      key = now;
      text.value = written.get(key) ?? '';
      commands.close();
      if (open) {
        text.placeholder = state.chats[open.chat]?.kind === 'private' ? 'Message' : `Message to ${placeName(state, open)}`;
        if (matchMedia('(hover: hover)').matches) text.focus({ preventScroll: true });
      }
      fit();
    }
    if (state.intents !== before.intents || state.open !== before.open) showIntent(state, before);
    showWho(state);
  });
  fit();

  return { write, speak, offerSample, chips, focus: () => text.focus() };
}

/** Whether I can change a message. @param {State} state @param {Message} message */
export const mayEdit = (state, message) =>
  message.sender.id === state.person && !message.forwarded && !message.service && (message.text !== '' || message.media !== null);

/** @typedef {ReturnType<typeof mountComposer>} Composer */
