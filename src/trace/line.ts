/** A row as the line that stands for it: in a file, and in what a page is sent. Pure. */

import type {TraceRow} from './rows.js';

/** A row as one line of text, with its end: ASCII alone, so a byte is a character, whatever a server has said. */
export function lineOf(row: TraceRow): string {
  // By far the most frequent rows, and nothing but numbers.
  if (row.k === 'stored' || (row.k === 'block' && row.wasted === undefined)) {
    const {t, k, item, connection, fragment, block, bytes} = row;
    const head = item === undefined ? '' : `"item":${item},`;
    return `{"t":${t},"k":"${k}",${head}"connection":${connection},"fragment":${fragment},"block":${block},"bytes":${bytes}}\n`;
  }
  return jsonLine(row);
}

/** Everything beyond ASCII as JSON's `\uXXXX`: it reads back as the same text. */
function jsonLine(row: TraceRow): string {
  const line = `${JSON.stringify(row)}\n`;
  return BEYOND_ASCII.test(line) ? line.replaceAll(EACH_BEYOND_ASCII, escaped) : line;
}

const BEYOND_ASCII = /[^\n\x20-\x7e]/;
const EACH_BEYOND_ASCII = /[^\n\x20-\x7e]/g;

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
