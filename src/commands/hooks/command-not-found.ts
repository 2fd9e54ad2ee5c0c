/** `fdl nonsense`: says so, with the command that was probably meant. `fdl help` is help. */

import {loadHelpClass} from '@oclif/core/help';
import type {Hook} from '@oclif/core/hooks';
import {closest} from '../../closest.js';
import {FdlError} from '../../errors.js';
import {errorLines} from '../../terminal/summary.js';
import {viewColor} from '../../terminal/view-mode.js';

const hook: Hook<'command_not_found'> = async ({id, argv = [], config}) => {
  // oclif hands the words over joined: `fdl help download` is 'help:download'.
  const [word = '', ...rest] = id.split(':');
  if (word === 'help') {
    const Help = await loadHelpClass(config);
    await new Help(config, config.pjson.oclif.helpOptions ?? {}).showHelp([...rest, ...argv]);
    return;
  }
  const similar = closest(word, config.commandIDs);
  const meant = similar === undefined ? '' : `Did you mean '${config.bin} ${similar}'? `;
  const what = word.startsWith('-') ? `unknown flag ${word}` : `there is no command '${word}'`;
  const error = new FdlError('usage', what, {
    hint: `${meant}'${config.bin} --help' lists all commands.`,
  });
  const color = viewColor(process.stderr, process.env);
  for (const line of errorLines(error, color)) process.stderr.write(`${line}\n`);
  process.exitCode = error.exitCode;
};

export default hook;
