/** Completion for zsh: flags with what they are for, each offered once unless it may be repeated. Pure. */

import type {CompletedCommand, CompletedFlag, Values} from './words.js';

/** The script: evaluated after compinit, or a file `_program` in a folder of fpath. */
export function zshCompletion(program: string, commands: readonly CompletedCommand[]): string {
  return `#compdef ${program}
# Completion of ${program} for zsh. In ~/.zshrc, after compinit: eval "$(${program} completion zsh)"
_${program}() {
  local curcontext=$curcontext state line
  local -a commands
  typeset -A opt_args
  _arguments -C '(- *)'{-h,--help}'[show help]' '(- *)'{-V,--version}'[show version]' \\
    '1:command:->command' '*::argument:->argument' && return
  case $state in
    command)
      commands=(
${commands.map(({name, summary}) => `        ${quoted(`${name}:${summary}`)}`).join('\n')}
      )
      _describe -t commands command commands ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}
if [[ $funcstack[1] == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function commandCase({name, flags, values}: CompletedCommand): string {
  const parts = [...flags.map(flagPart), quoted(`*:argument:${action(values)}`)];
  return `        ${name})\n          _arguments ${parts.join(' \\\n            ')} ;;`;
}

function flagPart({name, char, summary, values, label, isRepeatable}: CompletedFlag): string {
  const value = values === null ? '' : `:${label.replaceAll(':', '\\:')}:${action(values)}`;
  const rest = quoted(`[${summary.replace(/[[\]\\]/g, '\\$&')}]${value}`);
  const [long, short] = values === null ? [`--${name}`, `-${char}`] : [`--${name}=`, `-${char}+`];
  if (char === null) return `${isRepeatable ? "'*'" : ''}${long}${rest}`;
  return `${isRepeatable ? "'*'" : `'(-${char} --${name})'`}{${short},${long}}${rest}`;
}

function action(values: Values): string {
  switch (values.kind) {
    case 'path':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'words':
      return `(${values.words.join(' ')})`;
    case 'free':
      return ' ';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
