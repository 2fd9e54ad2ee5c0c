/** What a block went through before it was what it is: second copies, and wrong ones. From rows of the trace. Pure. */

import type {NumberedRow} from '../model/queries.js';

export interface BlockStory {
  /** A second server was asked for it as well. */
  readonly isHedged: boolean;
  /** Servers whose copy came second, and was thrown away. */
  readonly wastedFrom: readonly number[];
  /** Servers that sent it wrong. */
  readonly wrongFrom: readonly number[];
}

const NOTHING: BlockStory = {isHedged: false, wastedFrom: [], wrongFrom: []};

/** Of the blocks of one fragment, by their number in it; those that just came are left out. */
export function storiesOf(fragment: number, rows: readonly NumberedRow[]): ReadonlyMap<number, BlockStory> {
  const stories = new Map<number, BlockStory>();
  const change = (block: number, by: Partial<BlockStory>): void => {
    stories.set(block, {...(stories.get(block) ?? NOTHING), ...by});
  };
  for (const {data, server} of rows) {
    if (!('fragment' in data) || data.fragment !== fragment) continue;
    if (data.k === 'fetch' && data.hedge)
      for (let block = data.first; block < data.end; block++) change(block, {isHedged: true});
    if (server === null) continue;
    if (data.k === 'block' && data.wasted === true)
      change(data.block, {wastedFrom: joined(stories.get(data.block)?.wastedFrom, server)});
    if (data.k === 'wrong')
      change(data.block, {wrongFrom: joined(stories.get(data.block)?.wrongFrom, server)});
  }
  return stories;
}

function joined(servers: readonly number[] = [], server: number): readonly number[] {
  return servers.includes(server) ? servers : [...servers, server];
}

/** `a second copy from server 3 came in vain, server 6 had sent it wrong`; empty: nothing happened. */
export function storyWords(story: BlockStory | undefined, addressOf: (server: number) => string): string {
  if (story === undefined) return '';
  const {isHedged, wastedFrom, wrongFrom} = story;
  const parts: string[] = [];
  if (wastedFrom.length > 0)
    parts.push(`a second copy from ${wastedFrom.map(addressOf).join(', ')} came in vain`);
  else if (isHedged) parts.push('a second server was asked for it as well');
  if (wrongFrom.length > 0) parts.push(`${wrongFrom.map(addressOf).join(', ')} had sent it wrong`);
  return parts.join(', ');
}
