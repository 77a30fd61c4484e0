// @ts-check
/** The shape of a sound, as bars. */
import { svg } from './dom.js';

const HIGHEST = 31;
const BAR = { width: 3, gap: 2, height: 28, least: 3 };

/**
 * Fewer values of the same shape: the loudest of each stretch.
 *
 * @param {readonly number[]} values
 * @param {number} count
 * @returns {number[]}
 */
export function fewer(values, count) {
  if (!values.length) return Array(count).fill(0);
  return Array.from({ length: count }, (_, index) => {
    const start = Math.floor((index * values.length) / count);
    const end = Math.max(start + 1, Math.floor(((index + 1) * values.length) / count));
    return Math.max(...values.slice(start, end));
  });
}

/**
 * The bars as the path of a drawing, 28 high.
 *
 * @param {readonly number[]} values from 0 to 31
 */
export function path(values) {
  return values
    .map((value, index) => {
      const height = BAR.least + ((BAR.height - BAR.least) * Math.min(value, HIGHEST)) / HIGHEST;
      const x = index * (BAR.width + BAR.gap);
      const top = (BAR.height - height) / 2;
      const radius = BAR.width / 2;
      return `M${x} ${(top + radius).toFixed(1)}a${radius} ${radius} 0 0 1 ${BAR.width} 0v${(height - BAR.width).toFixed(1)}a${radius} ${radius} 0 0 1 -${BAR.width} 0z`;
    })
    .join('');
}

/**
 * A drawing of a sound of which a part has been played.
 *
 * @param {readonly number[]} values from 0 to 31
 * @param {string} name of the drawing, no other has it
 * @returns {{node: SVGElement, show: (part: number) => void}}
 */
export function drawing(values, name) {
  const width = values.length * (BAR.width + BAR.gap) - BAR.gap;
  const edge = svg('rect', { x: 0, y: 0, width: 0, height: BAR.height });
  const shape = path(values);
  const node = svg(
    'svg',
    { viewBox: `0 0 ${width} ${BAR.height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('clipPath', { id: name }, edge),
    svg('path', { class: 'all', d: shape }),
    svg('path', { class: 'played', d: shape, 'clip-path': `url(#${name})` }),
  );
  return { node, show: (part) => edge.setAttribute('width', String(part * width)) };
}
