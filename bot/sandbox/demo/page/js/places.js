// @ts-check
/** Places: a chat, and in a forum one of its topics. One of them is open, and the address says which. */

/**
 * @typedef {import('./types.js').Place} Place
 * @typedef {import('./types.js').Chat} Chat
 * @typedef {{chats: Record<number, Chat>}} Known
 */

/**
 * A place as a key. Topics part only forums.
 *
 * @param {Known} known
 * @param {Place} place
 */
export function placeKey({ chats }, { chat, topic }) {
  return chats[chat]?.kind === 'forum' ? `${chat}/${topic ?? 'general'}` : String(chat);
}

/**
 * @param {Known} known
 * @param {Place | null} one
 * @param {Place | null} other
 */
export function samePlace(known, one, other) {
  return Boolean(one && other) && placeKey(known, /** @type {Place} */ (one)) === placeKey(known, /** @type {Place} */ (other));
}

/**
 * What a place is called.
 *
 * @param {Known} known
 * @param {Place} place
 */
export function placeName({ chats }, { chat, topic }) {
  const there = chats[chat];
  if (!there) return '';
  const name = there.kind === 'forum' ? there.topics.find(({ id }) => id === topic)?.name : null;
  return name ? `${there.title} · ${name}` : there.title;
}

/**
 * Who is at the screen and what is open, as the part of the address behind the #, so that a page
 * that is reloaded shows the same, and the back button works.
 *
 * @param {number} person
 * @param {Place | null} place
 */
export function address(person, place) {
  if (!place) return `#${person}`;
  return place.topic === null ? `#${person}/${place.chat}` : `#${person}/${place.chat}/${place.topic}`;
}

/**
 * The reverse of `address`; nulls for what it does not say.
 *
 * @param {string} hash
 * @returns {{person: number | null, place: Place | null}}
 */
export function fromAddress(hash) {
  const [person, chat, topic] = hash.slice(1).split('/').map((part) => (/^-?\d+$/.test(part) ? Number(part) : null));
  return { person: person || null, place: chat ? { chat, topic: topic ?? null } : null };
}
