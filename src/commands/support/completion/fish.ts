/** Completion for fish 3 and later. Pure. */

import type {CompletedCommand, CompletedFlag, Values} from './words.js';

/** The script: sourced, or a file `program.fish` in fish's folder of completions. */
export function fishCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const first = `complete -c ${program} -n '__${program}_command_is'`;
  const lines = [
    `# Completion of ${program} for fish: ${program} completion fish > ~/.config/fish/completions/${program}.fish`,
    `function __${program}_command_is --description 'the command that is typed already; none without an argument'`,
    '    set -l words (commandline -opc)',
    '    test (count $words) -gt 1; or set words[2] ""',
    '    test "$words[2]" = "$argv[1]"',
    'end',
    `complete -c ${program} -f`,
    `${first} -s h -l help -d 'show help'`,
    `${first} -s V -l version -d 'show version'`,
    ...commands.map(({name, summary}) => `${first} -a ${name} -d ${quoted(summary)}`),
    ...commands.flatMap((command) => linesOf(program, command)),
  ];
  return `${lines.join('\n')}\n`;
}

function linesOf(program: string, {name, flags, values}: CompletedCommand): string[] {
  const start = `complete -c ${program} -n '__${program}_command_is ${name}'`;
  const offered = offer(values);
  return [
    ...(offered === '' ? [] : [`${start} ${offered}`]),
    ...flags.map((flag) => `${start} ${flagPart(flag)}`),
  ];
}

function flagPart({name, char, summary, values}: CompletedFlag): string {
  const short = char === null ? '' : `-s ${char} `;
  const value = values === null ? '' : values.kind === 'free' ? ' -x' : ` -r ${offer(values)}`;
  return `${short}-l ${name}${value} -d ${quoted(summary)}`;
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'path':
      return '-F';
    case 'folder':
      return "-f -a '(__fish_complete_directories)'";
    case 'words':
      return `-f -a '${values.words.join(' ')}'`;
    case 'free':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
