// Numbers and names as the page shows them.

const UNITS = [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']];

/** Three digits and a unit: 1.23 ms. */
export function seconds(value) {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0';
  if (value >= 120) return since(value);
  const [scale, unit] = UNITS.find(([scale]) => value >= scale * 0.9995) ?? UNITS[3];
  return `${three(value / scale)} ${unit}`;
}

/** 3 min 20 s, 5 h 10 min, 2 d 3 h. */
export function since(value) {
  const total = Math.floor(value);
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const first = parts.findIndex(([length]) => total >= length);
  if (first < 0) return seconds(value);
  let rest = total;
  return parts.slice(first, first + 2).map(([length, unit]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count > 0 ? `${count} ${unit}` : '';
  }).filter(Boolean).join(' ');
}

export const count = (value) => (value === null || value === undefined ? '–' : value.toLocaleString('en'));

/** Three digits: 0, 0.25, 12.3, 1,230, 56.7k. */
export function rate(value) {
  if (value === null || value === undefined) return '–';
  if (value >= 1e6) return `${three(value / 1e6)}M`;
  if (value >= 1e4) return `${three(value / 1e3)}k`;
  return three(value);
}

function three(value) {
  if (value === 0) return '0';
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return Number(value.toFixed(digits)).toLocaleString('en');
}

export const bytes = (value) => (value >= 1024 ? `${three(value / 1024)} KiB` : `${value} bytes`);

/** A lint's name in words: self_waking is "self-waking". */
const HYPHENS = { self_waking: 'self-waking', blocking_in_async: 'blocking in async' };
export const words = (lint) => HYPHENS[lint] ?? lint.replaceAll('_', ' ');

/**
 * Invisible characters as visible ones: control characters as their pictures, direction marks and overrides, and
 * characters without width, by their code point.
 */
export function visible(text) {
  return text.replace(/[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu, (hidden) => {
    const code = hidden.codePointAt(0);
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '\u2421' : `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
  });
}

/** The text that a row shows: its label, which tells it apart from all other rows. A name may be empty. */
export function nameOf(row) {
  if (row.name === null && row.label === '-') return '(future)';
  return row.label === '' ? '(empty name)' : visible(row.label);
}
