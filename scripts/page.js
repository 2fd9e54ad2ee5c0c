/**
 * `npm run build:page`: builds the page of the visualizer into dist/page, unless nothing that it is made of has changed
 * since it was built there. `--always`: builds it in any case, for what is published.
 */

import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampPath = join(root, 'dist', '.page-stamp');
/** What the page is made of, and what makes it. */
const MADE_OF = [
  'src/inspector',
  'src/trace',
  'src',
  'vite.config.js',
  'package-lock.json',
  'scripts/page.js',
];

const stamp = stampOf(MADE_OF.flatMap(filesOf));
const isBuilt = existsSync(join(root, 'dist', 'page', 'index.html')) && readStamp() === stamp;
if (!isBuilt || process.argv[2] === '--always') {
  rmSync(stampPath, {force: true});
  const {build} = await import('vite');
  await build({configFile: join(root, 'vite.config.js'), root: join(root, 'src', 'inspector', 'page')});
  writeFileSync(stampPath, stamp);
}

/** The file itself; of a folder those in it, and of all but `src` those further down too. */
function filesOf(path) {
  const full = join(root, path);
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full, {recursive: path !== 'src', withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

function stampOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.sort()) {
    const bytes = readFileSync(join(root, path));
    hash.update(`${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

function readStamp() {
  return existsSync(stampPath) ? readFileSync(stampPath, 'utf8') : null;
}
