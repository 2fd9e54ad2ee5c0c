/**
 * The tables of docs/trace.md, made from the schema (src/trace/rows.ts): run it after a change there
 * (`npm run docs:trace`). A test fails when the document is stale.
 */

import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {DOWNLOAD_ROWS} from '../src/trace/download-rows.js';
import type {Field, Fields} from '../src/trace/fields.js';
import {COMMON_ROWS, HEAD} from '../src/trace/rows.js';
import {SERVE_ROWS} from '../src/trace/serve-rows.js';
import {SET_ROWS} from '../src/trace/set-rows.js';

type Rows = Readonly<Record<string, {readonly about: string; readonly fields: Fields}>>;

const START = '<!-- tables: made by `npm run docs:trace` -->';
const END = '<!-- end of tables -->';

/** The document with its tables as the schema has them. */
export function withTables(document: string): string {
  const from = document.indexOf(START);
  const to = document.indexOf(END);
  if (from < 0 || to < from) throw new Error(`the document has no place for tables: ${START} … ${END}`);
  return `${document.slice(0, from + START.length)}\n\n${tables()}\n${document.slice(to)}`;
}

function tables(): string {
  return [
    '## Every row\n',
    fieldTable(HEAD),
    section('Rows of every trace', COMMON_ROWS),
    section('Rows of a download', DOWNLOAD_ROWS),
    section('Rows of several files', SET_ROWS),
    section('Rows of a server', SERVE_ROWS),
  ].join('\n');
}

function section(title: string, rows: Rows): string {
  const parts = Object.entries(rows).map(
    ([k, {about, fields}]) => `### \`${k}\`\n\n${about}\n\n${fieldTable(fields)}`,
  );
  return `## ${title}\n\n${parts.join('\n')}`;
}

function fieldTable(fields: Fields): string {
  const lines = Object.entries(fields).map(
    ([name, field]) => `| \`${name}\` | ${typeOf(field)} | ${field.about} |`,
  );
  return `| field | what | meaning |\n|---|---|---|\n${lines.join('\n')}\n`;
}

/** `integer, bytes, or left out`. */
function typeOf({type, unit, isOptional}: Field): string {
  const words = type.replaceAll('|', '\\|');
  return `${words}${unit === '' ? '' : ` (${unit})`}${isOptional ? ', or left out' : ''}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? 'docs/trace.md';
  writeFileSync(path, withTables(readFileSync(path, 'utf8')));
}
