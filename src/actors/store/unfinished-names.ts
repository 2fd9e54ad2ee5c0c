/** Which files of a folder are of unfinished downloads, by their names alone. Pure. */

/** Files of ours: of one version (`digits` of its root), a draft, or a lock and what it leaves. */
const VERSION = /^(.+)\.([0-9a-f]{16})(?:\.new)?\.fdl-(?:part|log)$/s;
const DRAFT = /^(.+)\.draft-[0-9a-f]{8}\.fdl-part$/s;
const LOCK_SUFFIX = '.fdl-lock';
/** `x.deadbeef.fdl-lock` is the lock of `x.deadbeef` or a draft of that of `x`: who holds it is looked at in any case. */
const LOCK_DRAFT = /\.(?:[0-9a-f]{8}|takeover)$/;

/** The name of the output that a part or log beside it belongs to, from that file's name alone; null: it is neither. */
export function outputOfVersionFile(name: string): string | null {
  return VERSION.exec(name)?.[1] ?? null;
}

/** The files of ours beside one output. */
export interface OwnFiles {
  /** Name of the output in its folder. */
  readonly output: string;
  /** First digits of the root, and the files of that version. */
  readonly versions: ReadonlyMap<string, readonly string[]>;
  readonly drafts: readonly string[];
  readonly locks: readonly string[];
}

interface Group {
  readonly output: string;
  readonly versions: Map<string, string[]>;
  readonly drafts: string[];
  readonly locks: string[];
}

/** The files of ours among the names in a folder, by the output they belong to, in order of name. */
export function ownFiles(names: readonly string[]): OwnFiles[] {
  const groups = new Map<string, Group>();
  const groupOf = (output: string): Group => {
    const group = groups.get(output) ?? {output, versions: new Map(), drafts: [], locks: []};
    groups.set(output, group);
    return group;
  };
  const locks: string[] = [];
  for (const name of names) {
    const [, output = '', digits = ''] = VERSION.exec(name) ?? [];
    const drafted = DRAFT.exec(name)?.[1];
    if (output !== '') {
      const {versions} = groupOf(output);
      versions.set(digits, [...(versions.get(digits) ?? []), name]);
    } else if (drafted !== undefined) groupOf(drafted).drafts.push(name);
    else if (name.endsWith(LOCK_SUFFIX)) locks.push(name);
  }
  for (const name of locks) {
    const whole = name.slice(0, -LOCK_SUFFIX.length);
    const output = groups.has(whole) ? whole : whole.replace(LOCK_DRAFT, '');
    if (output !== '') groupOf(output).locks.push(name);
  }
  return [...groups.values()].sort((a, b) => (a.output < b.output ? -1 : 1));
}
