/** Results for people and for programs: the terminal, a Markdown page, JSON and pictures in bench/results/. */

import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {tableLines} from '../../src/terminal/table.js';
import {checkout} from '../../test/support/processes.js';
import type {Machine} from './machine.js';
import {drawPlot} from './plot.js';
import type {Report, Suite, Table, Target} from './suite.js';

const RESULTS = 'bench/results';

/** Writes NAME.json, NAME.md and the pictures; returns the folder. */
export function writeResults(suite: Suite, report: Report, machine: Machine, date: Date): string {
  const folder = join(checkout(), RESULTS);
  mkdirSync(folder, {recursive: true});
  const {name, question} = suite;
  const {plots, ...rest} = report;
  const json = {suite: name, question, date: date.toISOString(), machine, ...rest};
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(json, null, 2)}\n`);
  writeFileSync(join(folder, `${name}.md`), markdown(suite, report, machine, date));
  for (const plot of plots) writeFileSync(join(folder, `${plot.file}.svg`), drawPlot(plot));
  return RESULTS;
}

/** Tables, targets and what was left out, as text with aligned columns. */
export function forTerminal(report: Report): string {
  const parts = [
    ...report.tables.map((table) => `${table.title}\n${text(table)}`),
    ...(report.targets.length === 0 ? [] : [text(targetTable(report.targets))]),
    ...report.skipped.map((line) => `not run here: ${line}`),
  ];
  return parts.join('\n\n');
}

function markdown(suite: Suite, report: Report, machine: Machine, date: Date): string {
  const sections = [
    `# ${suite.name}: ${suite.question}`,
    `\`npm run bench -- ${suite.name}\`, ${date.toISOString().slice(0, 10)}, commit ${machine.commit}.`,
    ...report.plots.map(({title, file}) => `![${title}](${file}.svg)`),
    ...report.tables.map((table) => `## ${table.title}\n\n${markdownTable(table)}`),
    ...(report.targets.length === 0 ? [] : [`## Targets\n\n${markdownTable(targetTable(report.targets))}`]),
    ...list('## Not run here', report.skipped),
    ...list('## Notes', report.notes),
    `## Commands\n\n${Object.entries(report.commands)
      .map(([name, command]) => `${name}:\n\n\`\`\`sh\n${command}\n\`\`\``)
      .join('\n\n')}`,
    `## Machine\n\n${machine.cpu}, ${machine.cores} cores, ${gigabytes(machine.memoryBytes)}, ${machine.system}, Linux ${machine.kernel}; ${Object.entries(
      machine.versions,
    )
      .map(([tool, version]) => `${tool} ${version}`)
      .join(', ')}.`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function targetTable(targets: readonly Target[]): Omit<Table, 'title'> {
  return {
    columns: ['target', 'asked', 'seen', ''],
    rows: targets.map(({what, asked, seen, isMet}) => [what, asked, seen, isMet ? 'met' : 'MISSED']),
  };
}

function markdownTable({columns, rows}: Omit<Table, 'title'>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}\n\n${lines.map((line) => `- ${line}`).join('\n')}`];
}

/** The first column starts at the left, numbers end at the right. */
function text({columns, rows}: Omit<Table, 'title'>): string {
  return tableLines(
    columns.map((title, column) => ({title, align: column === 0 ? 'left' : 'right', shrinkTo: null})),
    rows.map((cells) => ({cells: cells.map((cell) => ({text: cell}))})),
    {color: false, columns: null},
  ).join('\n');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(0)} GB of memory`;
}
