// @ts-check
/** Times, sizes and lengths as people read them, and what a message says in a line. */

const LANGUAGE = 'en-GB';
const clockOf = new Intl.DateTimeFormat(LANGUAGE, { hour: '2-digit', minute: '2-digit' });
const dayOf = new Intl.DateTimeFormat(LANGUAGE, { weekday: 'long', day: 'numeric', month: 'long' });
const yearOf = new Intl.DateTimeFormat(LANGUAGE, { day: 'numeric', month: 'long', year: 'numeric' });
const shortOf = new Intl.DateTimeFormat(LANGUAGE, { weekday: 'short' });
const dateOf = new Intl.DateTimeFormat(LANGUAGE, { day: '2-digit', month: '2-digit' });
const momentOf = new Intl.DateTimeFormat(LANGUAGE, {
  hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 1,
});

/** @param {string} moment */
export const clock = (moment) => clockOf.format(new Date(moment));

/** Hours to tenths of seconds. @param {string} moment */
export const instant = (moment) => momentOf.format(new Date(moment));

/**
 * Whole days from one moment to another, as the calendar counts them.
 *
 * @param {Date} from
 * @param {Date} to
 */
function daysBetween(from, to) {
  const midnight = (/** @type {Date} */ date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

/**
 * The day of a moment: today, yesterday, or its date.
 *
 * @param {string} moment
 * @param {Date} [now]
 */
export function day(moment, now = new Date()) {
  const date = new Date(moment);
  const ago = daysBetween(date, now);
  if (ago === 0) return 'Today';
  if (ago === 1) return 'Yesterday';
  return (date.getFullYear() === now.getFullYear() ? dayOf : yearOf).format(date);
}

/**
 * A moment as a list of chats shows it: the clock today, then the weekday, then the date.
 *
 * @param {string} moment
 * @param {Date} [now]
 */
export function short(moment, now = new Date()) {
  const date = new Date(moment);
  const ago = daysBetween(date, now);
  return (ago === 0 ? clockOf : ago < 7 ? shortOf : dateOf).format(date);
}

/** Minutes and seconds. @param {number} seconds */
export function length(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  const megabytes = bytes / 1024 / 1024;
  return `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`;
}

/** @param {number} ms */
export function took(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** What somebody is doing. @param {string} action */
export function doing(action) {
  const known = {
    typing: 'typing',
    record_voice: 'recording a voice message',
    upload_voice: 'sending a voice message',
    upload_photo: 'sending a picture',
    upload_document: 'sending a file',
    choose_sticker: 'choosing a sticker',
    find_location: 'finding a place',
  };
  return known[/** @type {keyof typeof known} */ (action)] ?? 'busy';
}

/**
 * A message in a line, for lists and quotes.
 *
 * @param {{text: string, media: {kind: string, name: string} | null, other?: {kind: string} | null,
 *   service: import('./types.js').Message['service']}} message
 */
export function gist(message) {
  if (message.service) return service(message.service);
  const text = message.text.replace(/\s+/g, ' ').trim();
  if (message.media) {
    const { kind, name } = message.media;
    const label = kindOf(kind) ?? name ?? 'File';
    return text ? `${label}: ${text}` : kind === 'document' || kind === 'audio' ? name : label;
  }
  return text || kindOf(message.other?.kind ?? '') || '…';
}

/** What a kind of message is called. @param {string} kind */
export function kindOf(kind) {
  const known = {
    voice: 'Voice message', photo: 'Picture', video: 'Video', video_note: 'Video message',
    animation: 'Animation', sticker: 'Sticker', audio: 'Sound', document: 'File',
    location: 'A place', contact: 'A contact', dice: 'A die', poll: 'A poll',
  };
  return known[/** @type {keyof typeof known} */ (kind)];
}

/** What happened in a chat. @param {NonNullable<import('./types.js').Message['service']>} told */
export function service(told) {
  const names = (told.names ?? []).join(', ');
  switch (told.kind) {
    case 'new_chat_members': return `${names} joined`;
    case 'left_chat_member': return `${names} left`;
    case 'new_chat_title': return `The group is now called “${told.title}”`;
    case 'forum_topic_created': return `“${told.title}” was opened`;
    case 'forum_topic_edited': return `The topic is now called “${told.title}”`;
    case 'forum_topic_closed': return 'The topic was closed';
    case 'forum_topic_reopened': return 'The topic was opened again';
    case 'pinned_message': return 'A message was pinned';
    case 'group_chat_created':
    case 'supergroup_chat_created': return 'The group was created';
    default: return told.kind.replaceAll('_', ' ');
  }
}
