/** Completion for bash 3.2 and later, with and without the package bash-completion. Pure. */

import type {CompletedCommand, CompletedFlag, Values} from './words.js';

/** The script to evaluate in an interactive shell. `program` is a plain word. */
export function bashCompletion(program: string, commands: readonly CompletedCommand[]): string {
  return `# Completion of ${program} for bash. In ~/.bashrc: eval "$(${program} completion bash)"
_${program}_lines() {
  COMPREPLY=()
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}

# Paths are left to readline, which knows quotes and ~; bash 3.2 has no way to ask for it
_${program}_paths() {
  compopt -o "$2" 2>/dev/null || _${program}_lines < <(compgen "$1" -- "$3")
}

_${program}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' words=''
  COMPREPLY=()
  # bash cuts --flag=value into three words
  if [[ $word == '=' ]]; then word=''; elif [[ $before == '=' ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if ((COMP_CWORD > 1)); then command=\${COMP_WORDS[1]}; fi
  case "$command $before" in
${commands.flatMap(flagCases).join('\n')}
  esac
  case $command in
    '') words='${[...commands.map(({name}) => name), '--help', '--version'].join(' ')}' ;;
${commands.map((command) => commandCase(program, command)).join('\n')}
  esac
  _${program}_lines < <(compgen -W "$words" -- "$word")
}

complete -F _${program} ${program}
`;

  function flagCases({name, flags}: CompletedCommand): string[] {
    const byAction = new Map<string, string[]>();
    for (const flag of flags) {
      if (flag.values === null) continue;
      const action = completing(program, flag.values);
      byAction.set(action, [
        ...(byAction.get(action) ?? []),
        ...spellings(flag).map((word) => `'${name} ${word}'`),
      ]);
    }
    return [...byAction].map(([action, words]) => `    ${words.join('|')}) ${action}return ;;`);
  }
}

function commandCase(program: string, {name, flags, values}: CompletedCommand): string {
  const flagWords = flags.map((flag) => `--${flag.name}`).join(' ');
  const listed = values.kind === 'words' ? `${values.words.join(' ')} ${flagWords}` : flagWords;
  const paths = values.kind === 'path' || values.kind === 'folder' ? completing(program, values) : '';
  const pathsFirst = paths === '' ? '' : `if [[ $word != -* ]]; then ${paths}return; fi; `;
  return `    ${name}) ${pathsFirst}words='${listed.trim()}' ;;`;
}

/** The command that fills COMPREPLY, or nothing when there is nothing to offer. */
function completing(program: string, values: Values): string {
  switch (values.kind) {
    case 'path':
      return `_${program}_paths -f default "$word"; `;
    case 'folder':
      return `_${program}_paths -d dirnames "$word"; `;
    case 'words':
      return `_${program}_lines < <(compgen -W '${values.words.join(' ')}' -- "$word"); `;
    case 'free':
      return '';
  }
}

function spellings({name, char}: CompletedFlag): string[] {
  return char === null ? [`--${name}`] : [`--${name}`, `-${char}`];
}
