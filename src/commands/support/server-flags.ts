/** `--servers` and `--server`: the flags of a command that talks to servers (server-list.ts reads them). */

import {file, string} from '@oclif/core/flags';

export const serverFlags = {
  servers: file({
    char: 's',
    default: 'servers.txt',
    env: 'FDL_SERVERS',
    helpValue: 'PATH',
    summary: 'list of servers; - is standard input',
  }),
  server: string({
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    env: 'FDL_SERVER',
    helpValue: 'HOST:PORT',
    summary: 'a server, instead of the list, like HOST:PORT,backup,limit=5MB; may be repeated',
  }),
};
