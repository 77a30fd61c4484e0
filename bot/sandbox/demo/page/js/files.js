// @ts-check
/** Files before they are sent: what they are taken for, and whether they can be. */
import { size } from './words.js';

/** Telegram shows these as pictures, up to this size. */
const PICTURES = new Set(['image/jpeg', 'image/png', 'image/webp']);
const LARGEST_PICTURE = 10 * 1024 * 1024;

/**
 * What a file is sent as.
 *
 * @param {{type: string, size: number}} file
 * @returns {'photo' | 'audio' | 'video' | 'document'}
 */
export function kindOfFile({ type, size: bytes }) {
  if (PICTURES.has(type) && bytes <= LARGEST_PICTURE) return 'photo';
  if (type.startsWith('audio/')) return 'audio';
  if (type === 'video/mp4') return 'video';
  return 'document';
}

/**
 * Why a file cannot be sent, in a sentence; null if it can.
 *
 * @param {{name: string, size: number}} file
 * @param {{file: number, download: number}} limits bytes: that can be sent, and that a bot can fetch
 */
export function objection({ name, size: bytes }, { file, download }) {
  if (bytes === 0) return `“${name}” is empty, and Telegram sends no empty files.`;
  if (bytes > Math.min(file, download)) {
    return `“${name}” has ${size(bytes)}. Telegram hands a bot files of up to ${size(download)}, so it would never reach the assistant.`;
  }
  return null;
}
