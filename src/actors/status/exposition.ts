/**
 * Numbers as text for Prometheus and whatever else reads its format (version 0.0.4). Pure. Every family has its HELP
 * and TYPE, and all its samples stand together; what may stand in a label is escaped here.
 */

/** What a value of the header `Content-Type` says of such a text. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Sample {
  /** Closed sets only: a label for each file or client would grow without bound. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A counter's name ends in `_total`; units are base units (bytes, seconds) and stand in the name. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  /** One sentence, without its full stop. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** One number that only grows. */
export function counter(name: string, help: string, value: number): Family {
  return {name, type: 'counter', help, samples: [{value}]};
}

/** One number that goes up and down; null: not known now, and not shown. */
export function gauge(name: string, help: string, value: number | null): Family {
  return {name, type: 'gauge', help, samples: value === null ? [] : [{value}]};
}

/** A family with one sample for each key of `values`, under the label `label`. */
export function byLabel(
  type: Family['type'],
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): Family {
  const samples = Object.entries(values).map(([key, value]) => ({labels: {[label]: key}, value}));
  return {name, type, help, samples};
}

/** The whole text; a family without samples is left out. */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({samples}) => samples.length > 0)
    .map(({name, type, help, samples}) => {
      const lines = samples.map(({labels, value}) => `${name}${labelsText(labels)} ${valueText(value)}`);
      return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
    })
    .join('');
}

function labelsText(labels: Sample['labels']): string {
  if (labels === undefined) return '';
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
