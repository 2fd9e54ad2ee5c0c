/** What may stand behind an address in a list of servers: `prefer`, `backup`, `limit=RATE`. Pure. */

import {FdlError} from '../errors.js';
import type {ServerEntry} from '../model.js';
import {quoted} from './quoted.js';
import {parseRate} from './rates.js';

export type Attributes = Pick<ServerEntry, 'role' | 'limitBytesPerSecond'>;

/** What the words say, which stand between blanks or commas; or which of them is wrong, and why. */
export function parseAttributes(text: string): Attributes | string {
  let attributes: Attributes = {};
  for (const word of text.split(/[\s,]+/)) {
    if (word === '') continue;
    const read = readAttribute(word);
    const problem = typeof read === 'string' ? read : contradiction(attributes, read);
    if (problem !== null) return `${quoted(word)}: ${problem}`;
    attributes = {...attributes, ...(read as Attributes)};
  }
  return attributes;
}

/** Whether a word can be an attribute and no address: `backup`, `limit=5MB`, and what is meant to be one. */
export function looksLikeAttribute(word: string): boolean {
  return /^\s*(?:prefer|backup|\w+\s*=.*)\s*$/i.test(word);
}

function readAttribute(word: string): Attributes | string {
  const [, name = '', value] = /^([^=]*)(?:=(.*))?$/.exec(word) ?? [];
  switch (name.toLowerCase()) {
    case 'prefer':
    case 'backup':
      if (value !== undefined) return `${name} stands alone`;
      return {role: name.toLowerCase() === 'prefer' ? 'prefer' : 'backup'};
    case 'limit':
      return value === undefined ? 'a limit has a rate, like limit=5MB' : readLimit(value);
    default:
      return 'behind an address may stand prefer, backup or limit=RATE, like limit=5MB';
  }
}

function readLimit(value: string): Attributes | string {
  try {
    return {limitBytesPerSecond: parseRate(value)};
  } catch (error) {
    if (error instanceof FdlError) return error.message;
    throw error;
  }
}

function contradiction(before: Attributes, read: Attributes): string | null {
  if (read.limitBytesPerSecond !== undefined)
    return before.limitBytesPerSecond === undefined ? null : 'a server has one limit';
  return before.role === undefined || before.role === read.role
    ? null
    : 'a server is preferred or a backup, not both';
}
