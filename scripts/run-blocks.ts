/**
 * What a Markdown text tells people to type: blocks that run as they stand (fences with the info string `sh run` or
 * `sh run background`), and single commands of fdl in other `sh` blocks. Pure.
 */

export interface RunBlock {
  /** Line of its first command, from 1. */
  readonly line: number;
  readonly code: string;
  /** It stays up until the end: a server that "another terminal" talks to. */
  readonly isBackground: boolean;
}

export interface PlainCommand {
  /** Its line, from 1. */
  readonly line: number;
  readonly code: string;
}

/** A call of fdl, with or without variables before it. */
const OF_FDL = /^(?:FDL_\w+=\S+ +)*fdl /;

/** Lines of blocks that are `sh` and no more, one command each: those of fdl, and those of other programs. */
export function plainCommands(markdown: string): {
  readonly fdl: PlainCommand[];
  readonly other: PlainCommand[];
} {
  const lines = fences(markdown)
    .filter(({info}) => info === 'sh')
    .flatMap(({line, lines}) => lines.map((code, index) => ({line: line + index, code: code.trim()})))
    .filter(({code}) => code !== '' && !code.startsWith('#'));
  return {
    fdl: lines.filter(({code}) => OF_FDL.test(code)),
    other: lines.filter(({code}) => !OF_FDL.test(code)),
  };
}

/** In the order of the text. Throws on a fence that is never closed and on words after `sh run` that mean nothing. */
export function runBlocks(markdown: string): RunBlock[] {
  return fences(markdown).flatMap(blockOf);
}

interface Fence {
  readonly fence: string;
  readonly info: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
  readonly lines: string[];
}

function fences(markdown: string): Fence[] {
  const found: Fence[] = [];
  let open: Fence | null = null;
  for (const [index, text] of markdown.split('\n').entries()) {
    const [, fence = '', info = ''] = /^ {0,3}(`{3,}|~{3,}) *([^`]*)$/.exec(text) ?? [];
    if (open === null) {
      if (fence !== '') open = {fence, info: info.trim(), line: index + 2, lines: []};
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      found.push(open);
      open = null;
    } else open.lines.push(text);
  }
  if (open !== null) throw new Error(`line ${open.line - 1}: this fence is never closed`);
  return found;
}

function blockOf(fence: Fence): RunBlock[] {
  const [language, run, how] = fence.info.split(/\s+/);
  if (language !== 'sh' || run === undefined) return [];
  if (run !== 'run' || (how !== undefined && how !== 'background'))
    throw new Error(`line ${fence.line - 1}: '${fence.info}' is neither 'sh run' nor 'sh run background'`);
  return [{line: fence.line, code: fence.lines.join('\n'), isBackground: how === 'background'}];
}
