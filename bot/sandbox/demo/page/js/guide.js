// @ts-check
/** The first minute: four things to try, and what to try after them. */

/**
 * @typedef {object} Way
 * @property {string} name
 * @property {string} sign
 * @property {string} title
 * @property {string} hint
 * @property {string | null} says what it writes; nothing where it speaks
 * @property {'private' | 'group'} where
 * @property {string} [then] what is worth writing after it
 */

/** @type {readonly Way[]} */
export const WAYS = [
  { name: 'ask', sign: 'chat', title: 'Ask', hint: 'Plan two days in Porto, and watch it grow', says: 'Plan two days in Porto.', where: 'private' },
  { name: 'speak', sign: 'mic', title: 'Speak', hint: 'Say something, and hear the answer', says: null, where: 'private' },
  { name: 'plugins', sign: 'tools', title: 'Choose plugins', hint: 'Pick its tools, then ask about the weather', says: '/plugins', where: 'private', then: 'What is the weather in Porto?' },
  { name: 'translate', sign: 'globe', title: 'Translate', hint: 'Three people, three languages, one group', says: '/translate es See you tomorrow.', where: 'group', then: '/translate zh See you tomorrow.' },
];

/**
 * What has been tried in a world, kept by the browser.
 *
 * @param {Storage} storage
 */
export function createGuide(storage) {
  const read = (/** @type {number} */ world) => {
    const kept = JSON.parse(storage.getItem('guide') ?? '{}');
    return kept.world === world ? kept : { world, tried: [], isDismissed: false };
  };
  return {
    /** The ways that have not been gone. @param {number} world @returns {readonly Way[]} */
    left(world) {
      const { tried, isDismissed } = read(world);
      return isDismissed ? [] : WAYS.filter(({ name }) => !tried.includes(name));
    },
    /** @param {number} world @param {Way} way */
    went(world, way) {
      const kept = read(world);
      storage.setItem('guide', JSON.stringify({ ...kept, tried: [...kept.tried, way.name] }));
    },
    /** @param {number} world */
    dismiss(world) {
      storage.setItem('guide', JSON.stringify({ ...read(world), isDismissed: true }));
    },
  };
}
