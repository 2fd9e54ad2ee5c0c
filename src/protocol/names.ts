/** Which file names travel. The same rule on both sides: a server never offers another, a client never asks for one. */

import {FdlError} from '../errors.js';
import {NAME_BYTES_MAX} from '../limits.js';

/** The library's own folder, directly below the served one. */
const FRAGMENTS_FOLDER = 'fragments';
/** What a download keeps beside its output until it is complete. */
const OWN_SUFFIXES = ['.fdl-part', '.fdl-log', '.fdl-lock'];

/** The C0 controls, DEL and the C1 controls. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;
/** They change the order in which the rest is shown, so that a name looks like another. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** With the `u` flag a surrogate is matched only when it stands alone. */
const LONE_SURROGATES = /\p{Surrogate}/u;
/** Invisible, and dropped by some decoders of UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Why a name may not travel, in a few words for people; null when it may. A name is a relative path of plain
 * components, joined by '/'. The answer holds nothing of the name, so it is safe to print.
 */
export function nameProblem(name: string): string | null {
  return charactersProblem(name) ?? componentsProblem(name.split('/')) ?? suffixProblem(name);
}

/** The name itself when it may travel; else FdlError `name-invalid`. */
export function checkName(name: string): string {
  const problem = nameProblem(name);
  if (problem === null) return name;
  throw new FdlError('name-invalid', `the file name ${problem}`, {
    hint: 'Give the name as the servers list it: a relative path such as models/a.bin.',
  });
}

function charactersProblem(name: string): string | null {
  if (name === '') return 'is empty';
  // The length in UTF-16 units is a lower bound: it keeps the scans below short.
  if (name.length > NAME_BYTES_MAX || Buffer.byteLength(name) > NAME_BYTES_MAX) {
    return `is longer than ${NAME_BYTES_MAX} bytes`;
  }
  if (LONE_SURROGATES.test(name)) return 'is not valid Unicode';
  if (CONTROLS.test(name)) return 'contains a control character';
  if (BIDI_CONTROLS.test(name)) return 'contains a character that changes the direction of text';
  if (name.includes(BYTE_ORDER_MARK)) return 'contains a byte order mark';
  if (name.includes('\\')) return 'contains a backslash';
  if (name.normalize('NFC') !== name) return 'is not in Unicode normal form C';
  return null;
}

function componentsProblem(components: readonly string[]): string | null {
  if (components[0] === '' && components.length > 1) return 'is not relative';
  if (components.includes('')) return 'has an empty component';
  if (components.includes('.') || components.includes('..')) return "has a component '.' or '..'";
  if (components.some((component) => component.startsWith('.')))
    return 'has a component that starts with a dot';
  if (components[0] === FRAGMENTS_FOLDER) return `is inside the folder '${FRAGMENTS_FOLDER}'`;
  return null;
}

function suffixProblem(name: string): string | null {
  const suffix = OWN_SUFFIXES.find((own) => name.endsWith(own));
  return suffix === undefined ? null : `ends in ${suffix}`;
}
