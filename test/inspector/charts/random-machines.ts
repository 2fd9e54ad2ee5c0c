/** Random definitions of machines, with every kind of state and transition, and what a chart of each must hold. */

import fc from 'fast-check';
import {amount} from '../../support/campaign.js';

interface TransitionConfig {
  readonly target?: string;
  readonly actions: string;
  readonly guard?: string;
}

export interface MachineConfig {
  readonly id?: string;
  readonly type?: 'parallel' | 'final';
  readonly initial?: string;
  readonly on?: Readonly<Record<string, readonly TransitionConfig[] | TransitionConfig>>;
  readonly after?: Readonly<Record<string, readonly TransitionConfig[]>>;
  readonly always?: readonly TransitionConfig[];
  readonly states?: Readonly<Record<string, MachineConfig>>;
}

/** A state without its transitions. */
interface Shape {
  readonly kind: 'compound' | 'parallel' | 'final' | 'atomic';
  readonly keys: readonly string[];
  readonly states: readonly Shape[];
}

/** Odd names are names as well; a dot would be a way to another state. */
const key = fc.constantFrom('a', 'b', 'end', 'state', 'note', 'x y', '"q"', '<b>', 'ä', 'class');

const {shape} = fc.letrec<{shape: Shape}>((tie) => ({
  shape: fc.oneof(
    {maxDepth: 2, depthSize: 'small'},
    fc.constantFrom<Shape>({kind: 'atomic', keys: [], states: []}, {kind: 'final', keys: [], states: []}),
    fc
      .tuple(fc.uniqueArray(key, {minLength: 1, maxLength: 3}), fc.constantFrom('compound', 'parallel'))
      .chain(([keys, kind]) =>
        fc
          .tuple(...keys.map(() => tie('shape')))
          .map((states): Shape => ({kind: kind as 'compound' | 'parallel', keys, states})),
      ),
  ),
}));

const machine = fc
  .tuple(
    fc
      .uniqueArray(key, {minLength: 1, maxLength: 4})
      .chain((keys) =>
        fc
          .tuple(...keys.map(() => shape))
          .map((states): Shape => ({kind: 'compound', keys, states: states as Shape[]})),
      ),
    fc.infiniteStream(fc.nat()),
  )
  .map(([root, stream]) => configOf(root, stream));

/** Each transition has an action of its own name, so that it can be found again. */
function configOf(root: Shape, stream: Iterator<number>): MachineConfig {
  const paths = pathsOf(root, '');
  const next = (below: number): number => (stream.next().value as number) % below;
  let count = 0;
  const transition = (): TransitionConfig => ({
    actions: `act${count++}`,
    ...(next(3) > 0 && {target: `#m.${paths[next(paths.length)]}`}),
    ...(next(2) > 0 && {guard: `guard${next(5)}`}),
  });
  const some = (): TransitionConfig[] => Array.from({length: 1 + next(2)}, transition);
  const state = ({kind, keys, states}: Shape): MachineConfig => ({
    ...(kind === 'parallel' && {type: 'parallel'}),
    ...(kind === 'final' && {type: 'final'}),
    ...(kind === 'compound' && {initial: keys[next(keys.length)] as string}),
    ...(kind !== 'final' && next(3) > 0 && {on: {'link.lost': some(), 'link.*': some()}}),
    ...(kind !== 'final' && next(4) === 0 && {after: {500: some(), someDelay: some()}}),
    ...(kind !== 'final' && next(5) === 0 && {always: some()}),
    ...(keys.length > 0 && {
      states: Object.fromEntries(keys.map((it, index) => [it, state(states[index] as Shape)])),
    }),
  });
  return {id: 'm', ...state(root)};
}

function pathsOf({keys, states}: Shape, prefix: string): string[] {
  return keys.flatMap((it, index) => [
    `${prefix}${it}`,
    ...pathsOf(states[index] as Shape, `${prefix}${it}.`),
  ]);
}

/** Checks something for random machines; a failure prints its seed. */
export function property(check: (config: MachineConfig) => void): void {
  fc.assert(fc.property(machine, check), {numRuns: amount(60, 20)});
}

/** The same for what takes time. */
export async function asyncProperty(
  runs: number,
  check: (config: MachineConfig) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(machine, check), {numRuns: runs});
}

export function withMachine(config: MachineConfig, part: MachineConfig): MachineConfig {
  return {...config, ...part};
}

/** What a chart must hold: paths of all states, and for each transition where it begins, its action, target, guard and kind. */
export function contentsOf(config: MachineConfig, path = ''): {paths: string[]; transitions: string[]} {
  const inner = Object.entries(config.states ?? {}).map(([it, child]) =>
    contentsOf(child, path === '' ? it : `${path}.${it}`),
  );
  const told =
    (kind: string) =>
    ({actions, target, guard}: TransitionConfig): string =>
      [path, actions, target?.replace(/^#m\./, '') ?? '', guard ?? 'always fits', kind].join(' ');
  return {
    paths: [path, ...inner.flatMap(({paths}) => paths)],
    transitions: [
      ...Object.values(config.on ?? {})
        .flat()
        .map(told('event')),
      ...Object.values(config.after ?? {})
        .flat()
        .map(told('after')),
      ...(config.always ?? []).map(told('always')),
      ...inner.flatMap(({transitions}) => transitions),
    ],
  };
}
