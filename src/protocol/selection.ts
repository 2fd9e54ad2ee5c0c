/**
 * Which of the offered files somebody means: exact names, patterns, folders, or all. Pure.
 *
 * In a pattern `*` stands for any characters but `/`, `?` for one of them, and a component `**` for any folders, none
 * included. A word that ends in `/` is a folder with everything below it. A file whose name is exactly the word is
 * meant by it, whatever characters it has.
 */

/** What somebody asked for. */
export interface Wish {
  readonly words: readonly string[];
  /** Everything that is offered; `words` may then be empty. */
  readonly all: boolean;
}

export interface Selection {
  /** Names of offered files, each once. */
  readonly names: readonly string[];
  /** Words without wildcards that no listing has: their file may still be on its way into one. */
  readonly unlisted: readonly string[];
  /** Patterns and folders that nothing fits. */
  readonly unmatched: readonly string[];
}

const WILDCARDS = /[*?]/;

/** Whether a word can stand for other than exactly one file. */
export function isOpenWord(word: string): boolean {
  return WILDCARDS.test(word) || word.endsWith('/');
}

/** Chooses from the names on offer. The work is bounded by words times names, whatever the patterns are. */
export function select(offered: ReadonlySet<string>, {words, all}: Wish): Selection {
  const chosen = new Set<string>(all ? offered : []);
  const unlisted = new Set<string>();
  const unmatched = new Set<string>();
  for (const word of words) {
    if (offered.has(word)) chosen.add(word);
    else if (!isOpenWord(word)) unlisted.add(word);
    else if (!choose(offered, matcherOf(word), chosen)) unmatched.add(word);
  }
  return {names: [...chosen], unlisted: [...unlisted], unmatched: [...unmatched]};
}

function choose(
  offered: ReadonlySet<string>,
  matches: (name: string) => boolean,
  chosen: Set<string>,
): boolean {
  let hasFound = false;
  for (const name of offered) {
    if (!matches(name)) continue;
    chosen.add(name);
    hasFound = true;
  }
  return hasFound;
}

function matcherOf(word: string): (name: string) => boolean {
  const pattern = (word.endsWith('/') ? `${word}**` : word).replace(/^(?:\.\/+)+/, '').split(/\/+/);
  return (name) => matchesAll(pattern, name.split('/'), '**', matchesComponent);
}

function matchesComponent(pattern: string, component: string): boolean {
  return matchesAll([...pattern], [...component], '*', (wanted, character) => {
    return wanted === '?' || wanted === character;
  });
}

/**
 * Whether `parts` fit `pattern`, in which `star` stands for any number of parts. Only the last star is ever tried
 * again, which is enough: so the work is at most the product of the two lengths.
 */
function matchesAll(
  pattern: readonly string[],
  parts: readonly string[],
  star: string,
  fits: (wanted: string, part: string) => boolean,
): boolean {
  let at = 0;
  let next = 0;
  let starAt = -1;
  let starNext = 0;
  while (next < parts.length) {
    const wanted = pattern[at];
    if (wanted === star) {
      starAt = at++;
      starNext = next;
    } else if (wanted !== undefined && fits(wanted, parts[next] ?? '')) {
      at++;
      next++;
    } else if (starAt >= 0) {
      at = starAt + 1;
      next = ++starNext;
    } else return false;
  }
  while (pattern[at] === star) at++;
  return at === pattern.length;
}
