/** "Did you mean …": the words of a list that a mistyped one probably stands for. Pure. */

/** Edits that a slip of the hand makes; more are another word, however long it is. */
const EDITS_MAX = 8;
/** Letters are counted in so many classes: those of one alphabet each have their own. */
const LETTER_CLASSES = 64;

/** The nearest word within a third of its length in edits; undefined when none is that near. */
export function closest(typed: string, words: readonly string[]): string | undefined {
  const ranked = words
    .map((word) => ({word, edits: editsBetween(typed, word, allowanceFor(word))}))
    .filter(({edits}) => edits < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.word;
}

/**
 * The file names nearest to a mistyped one, best first, at most `max`: those that differ in case alone, in their
 * folder, in a missing ending, or in few letters. Work and memory are bounded by the number of names.
 */
export function closestNames(typed: string, names: Iterable<string>, max: number): string[] {
  const wanted = partsOf(typed);
  const found: {readonly name: string; readonly distance: number}[] = [];
  for (const name of names) {
    const distance = distanceBetween(wanted, partsOf(name));
    if (distance < Number.POSITIVE_INFINITY) found.push({name, distance});
  }
  return found
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
    .slice(0, max)
    .map(({name}) => name);
}

/**
 * As `closestNames`, with the folders of the names among them (`models/`): for words that may stand for a folder or a
 * pattern, whose slash and stars at the end do not count.
 */
export function closestPaths(typed: string, names: Iterable<string>, max: number): string[] {
  const files = [...names];
  const folders = foldersOf(files);
  const near = closestNames(typed.replace(/\/?\**$/, ''), [...folders, ...files], max);
  return near.map((path) => (folders.has(path) ? `${path}/` : path));
}

/** Every folder on the way to a name, without its last slash. */
function foldersOf(names: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const name of names) {
    for (let end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1))
      folders.add(name.slice(0, end));
  }
  return folders;
}

interface NameParts {
  readonly whole: string;
  /** What follows the last slash. */
  readonly last: string;
}

function partsOf(name: string): NameParts {
  const whole = name.normalize('NFC').toLowerCase();
  return {whole, last: whole.slice(whole.lastIndexOf('/') + 1)};
}

/** In edits; what people leave out (a folder, an ending) counts like less than one letter. */
function distanceBetween(typed: NameParts, name: NameParts): number {
  if (typed.whole === name.whole) return 0;
  if (typed.last === name.last) return 0.25;
  if (typed.last !== '' && name.last.startsWith(`${typed.last}.`)) return 0.5;
  return Math.min(
    editsBetween(typed.whole, name.whole, allowanceFor(name.whole)),
    // In another folder as well: possible, but less likely.
    editsBetween(typed.last, name.last, allowanceFor(name.last)) + 0.5,
  );
}

function allowanceFor(word: string): number {
  return Math.min(EDITS_MAX, Math.max(1, Math.floor(word.length / 3)));
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one word into the other; infinite when it
 * takes more than `most`, which is seen early.
 */
function editsBetween(from: string, to: string, most: number): number {
  const far = Number.POSITIVE_INFINITY;
  if (Math.abs(from.length - to.length) > most || lettersMissing(from, to) > most) return far;
  let older: number[] = [];
  let row = Array.from({length: to.length + 1}, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = new Array<number>(to.length + 1).fill(far);
    if (line <= most) next[0] = line;
    let least = next[0] ?? far;
    // Further from the diagonal than `most` there is no way back.
    const end = Math.min(to.length, line + most);
    for (let column = Math.max(1, line - most); column <= end; column++) {
      const isSame = from[line - 1] === to[column - 1];
      const replaced = (row[column - 1] ?? far) + (isSame ? 0 : 1);
      let edits = Math.min(replaced, (row[column] ?? far) + 1, (next[column - 1] ?? far) + 1);
      const isSwap =
        line > 1 && column > 1 && from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1];
      if (isSwap) edits = Math.min(edits, (older[column - 2] ?? far) + 1);
      next[column] = edits;
      least = Math.min(least, edits);
    }
    if (least > most + 1) return far;
    older = row;
    row = next;
  }
  const edits = row[to.length] ?? far;
  return edits <= most ? edits : far;
}

/** How many letters of the longer word the other one lacks, wherever they stand: as many edits at least. */
function lettersMissing(from: string, to: string): number {
  const [short, long] = from.length < to.length ? [from, to] : [to, from];
  const counts = new Int16Array(LETTER_CLASSES);
  for (let at = 0; at < long.length; at++) count(counts, long.charCodeAt(at), 1);
  for (let at = 0; at < short.length; at++) count(counts, short.charCodeAt(at), -1);
  return counts.reduce((missing, surplus) => missing + Math.max(0, surplus), 0);
}

function count(counts: Int16Array, unit: number, change: number): void {
  const letter = unit % LETTER_CLASSES;
  counts[letter] = (counts[letter] ?? 0) + change;
}
