/** "Did you mean …": the word of a list that a mistyped one probably stands for. Pure. */

/** The nearest word within a third of its length in edits; undefined when none is that near. */
export function closest(typed: string, words: readonly string[]): string | undefined {
  const ranked = words
    .map((word) => ({word, edits: editsBetween(typed, word)}))
    .filter(({word, edits}) => edits <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.word;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editsBetween(from: string, to: string): number {
  let older: number[] = [];
  let row = Array.from({length: to.length + 1}, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[line - 1] === to[column - 1];
      const replaced = (row[column - 1] ?? 0) + (isSame ? 0 : 1);
      let edits = Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1);
      const isSwap =
        line > 1 && column > 1 && from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1];
      if (isSwap) edits = Math.min(edits, (older[column - 2] ?? 0) + 1);
      next.push(edits);
    }
    older = row;
    row = next;
  }
  return row[to.length] ?? from.length;
}
