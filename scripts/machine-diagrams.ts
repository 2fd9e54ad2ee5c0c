/**
 * The diagrams of ARCHITECTURE.md, made from the machines themselves: run it after a change there
 * (`npm run docs:machines`). A test fails when the document is stale.
 */

import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {allCharts} from '../src/inspector/charts/catalogue.js';
import type {Chart} from '../src/inspector/charts/chart.js';
import {mermaidOf} from '../src/inspector/charts/mermaid.js';

const START = '<!-- machines: made by `npm run docs:machines` -->';
const END = '<!-- end of machines -->';

/** The document with its diagrams as the machines are. */
export function withDiagrams(document: string): string {
  const from = document.indexOf(START);
  const to = document.indexOf(END);
  if (from < 0 || to < from) throw new Error(`the document has no place for diagrams: ${START} … ${END}`);
  return `${document.slice(0, from + START.length)}\n\n${allCharts().map(diagram).join('\n')}\n${document.slice(to)}`;
}

/** Folded: whoever reads the document wants to find the others as well. */
function diagram(chart: Chart): string {
  const {id, description} = chart;
  const summary = `<summary><code>${id}</code>: ${description ?? ''}</summary>`;
  return [
    '<details>',
    summary,
    '',
    '```mermaid',
    mermaidOf(chart).trimEnd(),
    '```',
    '',
    '</details>',
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? 'ARCHITECTURE.md';
  writeFileSync(path, withDiagrams(readFileSync(path, 'utf8')));
}
