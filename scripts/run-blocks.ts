/** The blocks of a Markdown text that are to be run: fences with the info string `sh run` or `sh run background`. Pure. */

export interface RunBlock {
  /** Line of its first command, from 1. */
  readonly line: number;
  readonly code: string;
  /** It stays up until the end: a server that "another terminal" talks to. */
  readonly isBackground: boolean;
}

/** In the order of the text. Throws on a fence that is never closed and on words after `sh run` that mean nothing. */
export function runBlocks(markdown: string): RunBlock[] {
  const blocks: RunBlock[] = [];
  let open: {readonly fence: string; readonly info: string; readonly line: number; lines: string[]} | null =
    null;
  for (const [index, text] of markdown.split('\n').entries()) {
    const [, fence = '', info = ''] = /^ {0,3}(`{3,}|~{3,}) *([^`]*)$/.exec(text) ?? [];
    if (open === null) {
      if (fence !== '') open = {fence, info: info.trim(), line: index + 2, lines: []};
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      blocks.push(...blockOf(open));
      open = null;
    } else open.lines.push(text);
  }
  if (open !== null) throw new Error(`line ${open.line - 1}: this fence is never closed`);
  return blocks;
}

function blockOf(fence: {
  readonly info: string;
  readonly line: number;
  readonly lines: string[];
}): RunBlock[] {
  const [language, run, how] = fence.info.split(/\s+/);
  if (language !== 'sh' || run === undefined) return [];
  if (run !== 'run' || (how !== undefined && how !== 'background'))
    throw new Error(`line ${fence.line - 1}: '${fence.info}' is neither 'sh run' nor 'sh run background'`);
  return [{line: fence.line, code: fence.lines.join('\n'), isBackground: how === 'background'}];
}
