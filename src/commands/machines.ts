/** `fdl machines [MACHINE]`: parses, calls, prints. */

import {writeFile} from 'node:fs/promises';
import {extname} from 'node:path';
import {string as stringArg} from '@oclif/core/args';
import {boolean, string} from '@oclif/core/flags';
import {FdlError} from '../errors.js';
import type {Chart} from '../inspector/charts/chart.js';
import {MACHINE_NAMES, type MachineName} from '../inspector/charts/machine-names.js';
import {machineLines, type ShownMachine} from '../terminal/machine-lines.js';
import {viewColor} from '../terminal/view-mode.js';
import {FdlCommand} from './base.js';
import type {HelpRow} from './support/help.js';

const FORMATS = ['svg', 'mermaid', 'dot', 'json'] as const;
type Format = (typeof FORMATS)[number];

/** What the ending of a file says of its format. */
const ENDINGS: Readonly<Record<string, Format>> = {
  '.svg': 'svg',
  '.mmd': 'mermaid',
  '.mermaid': 'mermaid',
  '.dot': 'dot',
  '.gv': 'dot',
  '.json': 'json',
};

/** The result of `--json`: all machines, or one that was drawn. */
export type MachinesResult =
  | {readonly machines: readonly ShownMachine[]}
  | {
      readonly machine: string;
      /** 16 hex digits over its definition, as rows of traces have them. */
      readonly hash: string;
      readonly format: Format;
      /** Where it was written; null: nowhere, it stands in `content`. */
      readonly output: string | null;
      readonly content: string | null;
    };

export default class Machines extends FdlCommand {
  static override summary = 'List the state machines that fdl runs, or draw one.';

  static override description = [
    'A picture is made from the definition that runs: states, events, guards, delays and the actors that are started. The',
    'same is shown live by --inspect, with what a machine is doing.',
  ].join(' ');

  static override usage = '<%= command.id %> [MACHINE] [FLAGS]';

  static exitCodes: readonly HelpRow[] = [
    ['0', 'done'],
    ['1', 'unexpected: FDL_DEBUG=1 shows where'],
    ['2', 'usage: there is no such machine or format'],
    ['7', 'local disk: failed, full, or may not be written to'],
    ['8', 'the output exists'],
  ];

  static override examples = [
    {description: 'Which ones are there?', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'As a picture:',
      command: '<%= config.bin %> <%= command.id %> connection --output connection.svg',
    },
    {
      description: 'As text for a document that draws mermaid:',
      command: '<%= config.bin %> <%= command.id %> download --format mermaid',
    },
  ];

  static override args = {
    machine: stringArg({
      description: 'the machine to draw; else all are listed',
      options: [...MACHINE_NAMES],
    }),
  };

  static override flags = {
    format: string({
      env: 'FDL_FORMAT',
      options: [...FORMATS],
      helpValue: 'FORMAT',
      summary: 'svg, mermaid, dot or json; else as --output ends, or mermaid',
    }),
    output: string({
      char: 'o',
      env: 'FDL_OUTPUT',
      helpValue: 'PATH',
      summary: 'file to write; else standard output',
    }),
    force: boolean({char: 'f', env: 'FDL_FORCE', summary: 'replace a file that exists'}),
  };

  async run(): Promise<MachinesResult> {
    const {args, flags} = await this.parse(Machines);
    const {machine} = args;
    const {format, output, force} = flags;
    if (machine === undefined) return this.#list();
    const {chartNamed} = await import('../inspector/charts/catalogue.js');
    const chart = chartNamed(machine as MachineName);
    const shape = (format as Format | undefined) ?? formatOf(output);
    const text = await drawn(chart, shape);
    if (output !== undefined) await write(output, text, force);
    else if (!this.jsonEnabled()) process.stdout.write(text);
    const place = {output: output ?? null, content: output === undefined ? text : null};
    return {machine, hash: chart.hash, format: shape, ...place};
  }

  async #list(): Promise<MachinesResult> {
    // Variables are set for other commands as well: only what was typed was meant for this one.
    if (this.argv.some((word) => /^(-o|--output|--format)/.test(word))) {
      throw new FdlError('usage', 'there is no machine to draw', {
        hint: `Name one of them: ${MACHINE_NAMES.join(', ')}.`,
      });
    }
    const {allCharts} = await import('../inspector/charts/catalogue.js');
    const {statesOf} = await import('../inspector/charts/states.js');
    const machines = allCharts().map(({id, hash, description, root}): ShownMachine => {
      const states = statesOf(root).slice(1);
      const transitions = [root, ...states].reduce((sum, state) => sum + state.transitions.length, 0);
      return {id, description: description ?? '', states: states.length, transitions, hash};
    });
    const {stdout} = process;
    const style = {color: viewColor(stdout, process.env), columns: stdout.isTTY ? stdout.columns : null};
    if (!this.jsonEnabled()) stdout.write(`${machineLines(machines, style).join('\n')}\n`);
    return {machines};
  }
}

function formatOf(output: string | undefined): Format {
  return ENDINGS[extname(output ?? '').toLowerCase()] ?? 'mermaid';
}

async function drawn(chart: Chart, format: Format): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(chart, null, 2)}\n`;
    case 'mermaid':
      return (await import('../inspector/charts/mermaid.js')).mermaidOf(chart);
    case 'dot':
      return (await import('../inspector/charts/dot.js')).dotOf(chart);
    case 'svg': {
      const {elkOnNode} = await import('../inspector/charts/elk-on-node.js');
      const {layOut} = await import('../inspector/charts/layout.js');
      const {svgOf} = await import('../inspector/charts/svg.js');
      return svgOf(await layOut(chart, elkOnNode()));
    }
  }
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, {flag: force ? 'w' : 'wx'});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      const {diskError} = await import('../actors/store/disk-error.js');
      throw diskError(error, path, 'write');
    }
    throw new FdlError('output-exists', `${path} exists`, {
      hint: 'Use --force to replace it, or name another place with --output.',
    });
  }
}
