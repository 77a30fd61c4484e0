// @ts-check
/** The microphone: opened when somebody speaks, closed when they have spoken. */

const TYPES = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4'];

/** There is no recording, and why: a sentence that may be shown. */
export class NoMicrophone extends Error {}

/**
 * Begin to record. Raises `NoMicrophone` where there is none, or it may not be used.
 *
 * @returns the recording that goes on
 */
export async function record() {
  if (!navigator.mediaDevices || typeof MediaRecorder === 'undefined') {
    throw new NoMicrophone('This browser cannot record here.');
  }
  /** @type {MediaStream} */
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    throw new NoMicrophone(reason(error), { cause: error });
  }
  const type = TYPES.find((each) => MediaRecorder.isTypeSupported(each)) ?? '';
  const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
  /** @type {Blob[]} */
  const pieces = [];
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));

  const sound = new AudioContext();
  const analyser = sound.createAnalyser();
  analyser.fftSize = 1024;
  sound.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const begun = performance.now();
  recorder.start(250);

  async function end() {
    const isOver = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }));
    if (recorder.state !== 'inactive') {
      recorder.stop();
      await isOver;
    }
    for (const track of stream.getTracks()) track.stop();
    await sound.close();
  }

  return {
    /** Seconds so far. */
    get seconds() {
      return (performance.now() - begun) / 1000;
    },

    /** How loud it is now, from 0 to 31. */
    level() {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const decibels = 10 * Math.log10(power + 1e-9);
      return Math.round(Math.min(1, Math.max(0, (decibels + 55) / 45)) * 31);
    },

    /** End it, and have what was said. @returns {Promise<Blob>} */
    async finish() {
      await end();
      return new Blob(pieces, { type: recorder.mimeType });
    },

    /** End it, and keep nothing. */
    async cancel() {
      await end();
      pieces.length = 0;
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof record>>} Recording */

/** @param {unknown} error */
function reason(error) {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return 'This page may not use your microphone. You can allow it in the settings of your browser, beside the address.';
  }
  if (name === 'NotFoundError') return 'There is no microphone on this machine.';
  if (name === 'NotReadableError') return 'Another program uses your microphone.';
  return 'Your microphone does not answer.';
}
