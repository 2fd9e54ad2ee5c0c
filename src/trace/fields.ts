/** What a field of a trace's row can hold, as data: its type for the compiler, its check and its words come from here. */

export interface Field<Value = unknown, Optional extends boolean = boolean> {
  /** As the documentation names it: `integer`, `text or null`. */
  readonly type: string;
  /** Of a number: `ms`, `bytes`; empty where there is none. */
  readonly unit: string;
  /** One sentence without its full stop. */
  readonly about: string;
  readonly isOptional: Optional;
  readonly allows: (value: unknown) => boolean;
  /** Of a word: the ones there are today; others are of a later version. */
  readonly words?: ReadonlySet<unknown>;
  /** For the compiler alone. */
  readonly sample?: Value;
}

/** A field that is always there. */
type Always<Value> = Field<Value, false>;

const DIGEST = /^[0-9a-f]{64}$/;

const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): boolean => Number.isFinite(value);
const isText = (value: unknown): boolean => typeof value === 'string';

function field<Value>(
  type: string,
  unit: string,
  about: string,
  allows: (value: unknown) => boolean,
): Always<Value> {
  return {type, unit, about, isOptional: false, allows};
}

/** A whole number from 0: a count or an id. */
export const whole = (about: string) => field<number>('integer', '', about, isWhole);
export const bytes = (about: string) => field<number>('integer', 'bytes', about, isWhole);
/** A time or a length of time. */
export const ms = (about: string) => field<number>('number', 'ms', about, isNumber);
export const rate = (about: string) => field<number>('number', 'bytes/s', about, isNumber);
export const text = (about: string) => field<string>('text', '', about, isText);
export const flag = (about: string) =>
  field<boolean>('boolean', '', about, (value) => typeof value === 'boolean');
/** 64 lower-case hex digits. */
export const digest = (about: string) =>
  field<string>('digest', '', about, (value) => typeof value === 'string' && DIGEST.test(value));

/** One of these words; more may be added by later versions of the schema. */
export function word<const Words extends readonly string[]>(words: Words, about: string) {
  const it = field<Words[number]>(words.map((one) => `\`${one}\``).join(', '), '', about, isText);
  return {...it, words: new Set<unknown>(words)};
}

/** A list of texts. */
export const texts = (about: string) =>
  field<readonly string[]>(
    'list of texts',
    '',
    about,
    (value) => Array.isArray(value) && value.every(isText),
  );

/** A list of lists of numbers of one length; `columns` names them. */
export function table<const Columns extends readonly string[]>(columns: Columns, about: string) {
  const isLine = (line: unknown): boolean =>
    Array.isArray(line) && line.length === columns.length && line.every(isNumber);
  return field<readonly {readonly [Column in keyof Columns]: number}[]>(
    `list of [${columns.join(', ')}]`,
    '',
    about,
    (value) => Array.isArray(value) && value.every(isLine),
  );
}

/** What a value of `values` can be. */
export type Plain = string | number | boolean | null;

const isPlain = (value: unknown): boolean =>
  value === null || isText(value) || isNumber(value) || typeof value === 'boolean';

/** An object with plain values, under names of whoever made it. */
export const values = (about: string) =>
  field<Readonly<Record<string, Plain>>>(
    'object of texts, numbers, booleans and nulls',
    '',
    about,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every(isPlain),
  );

export function nullable<Value>(it: Always<Value>): Always<Value | null> {
  return field(`${it.type} or null`, it.unit, it.about, (value) => value === null || it.allows(value));
}

/** A field that is left out where it says nothing. */
export function optional<Value>(it: Always<Value>): Field<Value, true> {
  return {...(it as Field<Value>), isOptional: true};
}

export type Fields = Readonly<Record<string, Field>>;

type ValueOf<F extends Field> = F extends Field<infer Value> ? Value : never;

/** The values that a set of fields describes. */
export type ValuesOf<F extends Fields> = {
  readonly [K in keyof F as F[K]['isOptional'] extends true ? never : K]: ValueOf<F[K]>;
} & {
  readonly [K in keyof F as F[K]['isOptional'] extends true ? K : never]?: ValueOf<F[K]>;
};
