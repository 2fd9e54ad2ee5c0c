/** The built page: what there is to serve, listed once. Nothing else is ever read, whatever is asked for. */

import type {Dirent} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {extname, join, relative, sep} from 'node:path';
import {FdlError} from '../../errors.js';
import {INSPECT_PAGE_FILES_MAX} from '../../limits.js';

export interface PageFile {
  /** On disk. */
  readonly path: string;
  readonly type: string;
  /** Its name says its content, so it never changes. */
  readonly isImmutable: boolean;
}

/** By the path of the URL. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const INDEX = '/index.html';

/** Lists what the build has put into a folder. Throws FdlError `path-unsuitable` when there is no page in it. */
export async function listPage(folder: string): Promise<PageFiles> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => [] as Dirent[]);
  const files = new Map<string, PageFile>();
  for (const entry of entries.slice(0, INSPECT_PAGE_FILES_MAX)) {
    const path = join(entry.parentPath, entry.name);
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    files.set(name, {path, type, isImmutable: name.startsWith('/assets/')});
  }
  const index = files.get(INDEX);
  if (index === undefined)
    throw new FdlError('path-unsuitable', 'the page of the inspector is not there', {
      hint: "In a checkout 'npm run build' makes it; a package of fdl has it in dist/page.",
    });
  files.delete(INDEX);
  return files.set('/', index);
}
