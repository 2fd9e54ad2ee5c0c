/** Reads Prometheus' text format (0.0.4), and is stricter than Prometheus: what it would let pass with a shrug fails. */

import assert from 'node:assert/strict';

export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  /** By labels as they stand in the text, `''` for none. */
  readonly samples: ReadonlyMap<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(
  `^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (-?\\d+(?:\\.\\d+)?(?:e[-+]\\d+)?|[+-]Inf|NaN)$`,
);

/** The families of a text by name; throws on anything that is not exactly as it should be. */
export function readExposition(text: string): Map<string, ReadFamily> {
  assert.ok(text.endsWith('\n') && !text.includes('\n\n'), 'lines end, and none is empty');
  const families = new Map<string, {type: string; help: string; samples: Map<string, number>}>();
  let current = '';
  let help = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const helped = new RegExp(`^# HELP (${NAME}) (\\S.*)$`).exec(line);
    const typed = new RegExp(`^# TYPE (${NAME}) (counter|gauge)$`).exec(line);
    if (helped !== null) {
      [, current = '', help = ''] = helped;
      assert.ok(!families.has(current), `${current} twice`);
    } else if (typed !== null) {
      const [, name = '', type = ''] = typed;
      assert.equal(name, current, 'TYPE follows HELP');
      assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
      families.set(name, {type, help, samples: new Map()});
    } else addSample(line, current, families.get(current)?.samples);
  }
  for (const [name, {samples}] of families) assert.ok(samples.size > 0, `${name} without samples`);
  return families;
}

function addSample(line: string, family: string, samples: Map<string, number> | undefined): void {
  const match = SAMPLE.exec(line);
  assert.ok(match !== null, `no sample: ${line}`);
  const [, name, labels = '', value] = match;
  assert.equal(name, family, 'samples stand below their family');
  assert.ok(samples !== undefined && !samples.has(labels), `${line} twice`);
  samples.set(labels, Number(value === '+Inf' ? 'Infinity' : value));
}
