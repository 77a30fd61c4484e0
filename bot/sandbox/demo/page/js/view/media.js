// @ts-check
/** What a message carries beside its words: pictures, sound, films, files. */
import { el, icon } from '../dom.js';
import { drawing, fewer } from '../waveform.js';
import { kindOf, length, size } from '../words.js';

/**
 * @typedef {import('../types.js').Media} Media
 * @typedef {object} Parts
 * @property {import('../player.js').Player} player
 * @property {(url: string) => Promise<{waveform: number[]}>} waveform
 * @property {(media: Media, label: string) => void} view opens a picture
 * @property {(sentence: string) => void} complain
 */

const WIDEST = 420;
const HIGHEST = 440;
const SMALLEST = 140;
const STEP = 5; // seconds that an arrow key moves

/**
 * Show what a message carries.
 *
 * @param {Media} media
 * @param {Parts} parts
 * @returns {HTMLElement}
 */
export function mediaNode(media, parts) {
  switch (media.kind) {
    case 'photo': return photo(media, parts);
    case 'voice': return sound(media, parts);
    case 'audio': return el('div', {}, file(media), sound(media, parts));
    case 'video':
    case 'video_note':
    case 'animation':
      return el('video', { src: media.url, controls: '', preload: 'metadata', 'aria-label': kindOf(media.kind) });
    default: return file(media);
  }
}

/** @param {Media} media @param {Parts} parts */
function photo(media, parts) {
  const label = 'Picture: press to enlarge it';
  const button = el(
    'button',
    { class: 'photo', type: 'button', 'aria-label': label, on: { click: () => parts.view(media, media.name) } },
    el('img', { src: media.url, alt: '', loading: 'lazy', decoding: 'async' }),
  );
  if (media.width && media.height) {
    // The place is kept before the picture is there, so that nothing jumps when it comes.
    const scale = Math.min(1, WIDEST / media.width, HIGHEST / media.height);
    button.style.width = `${Math.max(SMALLEST, Math.round(media.width * scale))}px`;
    button.style.aspectRatio = `${media.width} / ${media.height}`;
  }
  return button;
}

/** @param {Media} media */
function file(media) {
  const about = [size(media.size), media.kind === 'audio' && media.duration ? length(media.duration) : null];
  return el(
    'a',
    { class: 'file', href: media.url, download: media.name },
    el('span', { class: 'sheet' }, icon(media.kind === 'audio' ? 'mic' : 'file')),
    el('span', { class: 'about' }, el('b', {}, media.name), el('small', {}, about.filter(Boolean).join(' · '))),
    el('span', { class: 'unseen' }, 'Download'),
  );
}

/** @param {Media} media @param {Parts} parts */
function sound(media, { player, waveform, complain }) {
  let duration = media.duration ?? 0;
  /** @type {(part: number) => void} */
  let showPart = () => {};
  const play = el('button', { class: 'play', type: 'button' });
  const rate = el('button', { class: 'rate', type: 'button', hidden: '' });
  const told = el('span', { class: 'length' }, length(duration));
  const wave = el('div', { class: 'wave', role: 'slider', tabindex: '0', 'aria-label': 'Position', 'aria-valuemin': 0 });
  const bars = Math.max(24, Math.min(52, 20 + Math.round(duration * 2)));

  /** @param {number[]} values */
  function draw(values) {
    const { node, show } = drawing(fewer(values, bars), `played-${media.id.replace(/\W/g, '-')}`);
    wave.replaceChildren(node);
    showPart = show;
    refresh(player.now);
  }

  /** @param {import('../player.js').Playing} now */
  function refresh(now) {
    const isMine = now.url === media.url;
    const isPlaying = isMine && now.isPlaying;
    const position = isMine ? now.position : 0;
    const sign = isPlaying ? 'pause' : 'play';
    if (play.dataset.sign !== sign) {
      play.dataset.sign = sign;
      play.replaceChildren(icon(sign));
      play.setAttribute('aria-label', isPlaying ? 'Pause' : `Play, ${length(duration)}`);
    }
    showPart(duration ? Math.min(1, position / duration) : 0);
    told.textContent = position > 0 ? `${length(position)} / ${length(duration)}` : length(duration);
    wave.setAttribute('aria-valuemax', String(Math.ceil(duration)));
    wave.setAttribute('aria-valuenow', String(Math.round(position)));
    wave.setAttribute('aria-valuetext', `${length(position)} of ${length(duration)}`);
    rate.hidden = !isMine;
    rate.textContent = `${now.rate}×`;
    rate.setAttribute('aria-label', `Speed ${now.rate}, press for the next`);
  }

  /** @param {PointerEvent} event */
  function seekTo(event) {
    const { left, width } = wave.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - left) / width));
    player.seek(media.url, part * duration);
  }

  play.addEventListener('click', () => {
    player.turn(media.url).catch(() => complain('Your browser cannot play this sound.'));
  });
  rate.addEventListener('click', () => player.hurry());
  wave.addEventListener('pointerdown', (event) => {
    wave.setPointerCapture(event.pointerId);
    seekTo(event);
  });
  wave.addEventListener('pointermove', (event) => {
    if (wave.hasPointerCapture(event.pointerId)) seekTo(event);
  });
  wave.addEventListener('keydown', (event) => {
    const steps = { ArrowRight: STEP, ArrowLeft: -STEP };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const position = player.now.url === media.url ? player.now.position : 0;
    player.seek(media.url, Math.min(duration, Math.max(0, position + step)));
  });

  draw([]);
  if (media.waveform_url) {
    waveform(media.waveform_url).then(
      (known) => draw(known.waveform),
      () => {}, // A flat line plays as well.
    );
  }
  const node = el('div', { class: 'voice', role: 'group', 'aria-label': `${kindOf(media.kind)}, ${length(duration)}` }, play, wave, rate, told);
  const unwatch = player.watch((now) => {
    // A note that is no longer shown needs no news; it is told of them until somebody looks.
    if (!node.isConnected && now.url !== media.url) unwatch();
    else refresh(now);
  });
  return node;
}
