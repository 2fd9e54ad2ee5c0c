/**
 * What a machine remembers as a flat object of plain values: short enough for a row, and nothing in it that must not
 * leave this machine. Of bytes and long lists the length is told; other actors are left out, since `start` rows tell of them.
 */

import {TRACE_CONTEXT_ENTRIES_MAX, TRACE_CONTEXT_LIST_MAX, TRACE_CONTEXT_TEXT_MAX} from '../../limits.js';
import type {Plain} from '../../trace/fields.js';
import {traceText} from './redact.js';

const SECRET_NAME = /token|secret|passw|credential|authori[sz]ation|private|cookie/i;
const HIDDEN = '(hidden)';
/** Objects inside a context are opened, those inside them are not. */
const DEPTH_MAX = 1;

/** At most TRACE_CONTEXT_ENTRIES_MAX entries, in their order; an inner one is `manifest.size`. */
export function contextValues(context: object): Record<string, Plain> {
  const values: Record<string, Plain> = {};
  addEntries(values, context, '', 0);
  return values;
}

function addEntries(values: Record<string, Plain>, from: object, prefix: string, depth: number): void {
  for (const [name, value] of Object.entries(from)) {
    if (Object.keys(values).length >= TRACE_CONTEXT_ENTRIES_MAX) return;
    const path = `${prefix}${name}`;
    if (SECRET_NAME.test(name)) values[path] = HIDDEN;
    else if (isOpen(value) && depth < DEPTH_MAX) addEntries(values, value, `${path}.`, depth + 1);
    else {
      const plain = plainOf(value);
      if (plain !== undefined) values[path] = plain;
    }
  }
}

/** Written as a literal: what a class or xstate made is no part of a context that can be read. */
function isOpen(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Undefined: it says nothing to a reader. */
function plainOf(value: unknown): Plain | undefined {
  switch (typeof value) {
    case 'string':
      return shortText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : objectWords(value);
    default:
      return undefined;
  }
}

function objectWords(value: object): string | undefined {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return listWords(value);
  if (value instanceof Map || value instanceof Set) return `${value.size} entries`;
  if (value instanceof Error) return shortText(value.message);
  return isOpen(value) ? `${Object.keys(value).length} entries` : undefined;
}

function listWords(list: readonly unknown[]): string {
  const isShort =
    list.length <= TRACE_CONTEXT_LIST_MAX &&
    list.every((it) => typeof it === 'number' || typeof it === 'string');
  return isShort ? shortText(list.join(', ')) : `${list.length} entries`;
}

/** The home folder is looked for before the text is cut: half of its name would not be found. */
function shortText(text: string): string {
  const shown = traceText(text);
  return shown.length > TRACE_CONTEXT_TEXT_MAX ? `${shown.slice(0, TRACE_CONTEXT_TEXT_MAX - 1)}…` : shown;
}
