// @ts-check
/** The one player of the page: one sound at a time, wherever it is shown. */

const RATES = [1, 1.5, 2];

/**
 * @typedef {object} Playing
 * @property {string | null} url what is in the player
 * @property {boolean} isPlaying
 * @property {number} position seconds
 * @property {number} rate
 */

export function createPlayer() {
  const audio = new Audio();
  audio.preload = 'none';
  /** @type {string | null} */
  let url = null;
  let rate = 1;
  /** Where to begin when the sound is known. */
  let wanted = 0;
  /** @type {Set<(playing: Playing) => void>} */
  const watchers = new Set();

  /** @returns {Playing} */
  const now = () => ({ url, isPlaying: !audio.paused && !audio.ended, position: audio.currentTime || wanted, rate });

  function tell() {
    for (const watch of watchers) watch(now());
  }

  function frame() {
    tell();
    if (!audio.paused && !audio.ended) requestAnimationFrame(frame);
  }

  audio.addEventListener('play', frame);
  audio.addEventListener('pause', tell);
  audio.addEventListener('ended', () => {
    wanted = 0;
    audio.currentTime = 0;
    tell();
  });
  audio.addEventListener('loadedmetadata', () => {
    if (wanted) audio.currentTime = wanted;
    wanted = 0;
  });

  /** @param {string} address */
  function take(address) {
    if (address === url) return;
    audio.pause();
    url = address;
    wanted = 0;
    audio.src = address;
    audio.playbackRate = rate;
  }

  return {
    get now() {
      return now();
    },

    /**
     * Play a sound, or pause it. Whatever else plays ends.
     *
     * @param {string} address
     * @returns {Promise<void>} rejects where the browser cannot play it
     */
    async turn(address) {
      take(address);
      if (audio.paused) {
        await audio.play();
        audio.playbackRate = rate;
      } else {
        audio.pause();
      }
    },

    /** Go somewhere in a sound. @param {string} address @param {number} seconds */
    seek(address, seconds) {
      take(address);
      if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) {
        audio.currentTime = seconds;
      } else {
        wanted = seconds;
        audio.preload = 'metadata';
        audio.load();
      }
      tell();
    },

    /** The next pace: as it was spoken, half as fast again, twice as fast. */
    hurry() {
      rate = RATES[(RATES.indexOf(rate) + 1) % RATES.length];
      audio.playbackRate = rate;
      tell();
    },

    /** Be told of every change. @param {(playing: Playing) => void} watch @returns {() => void} ends it */
    watch(watch) {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
  };
}

/** @typedef {ReturnType<typeof createPlayer>} Player */
