/** What source files import, read with a scanner that knows comments and strings: no compiler needed. */

import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, posix} from 'node:path';

export interface Import {
  /** A path below src (`machines/plan.ts`), or the name of a package or node module. */
  readonly target: string;
  readonly isOwn: boolean;
  /** True for `import type … from` and `import('…').Type` written as a type: erased by the compiler. */
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** Below src, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** The text without comments; strings are kept. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** A comment, or a string that may look like one. Templates are taken whole: nobody imports inside one. */
const COMMENT_OR_STRING =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*(?=\s*[.,;)\]:?&|\n])/g;
const STATIC = /^(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

/** All TypeScript files below a folder. */
export function readSources(folder: string): SourceFile[] {
  const paths = readdirSync(folder, {recursive: true})
    .map((path) => String(path).replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path))
    .sort();
  const known = new Set(paths);
  return paths.map((path) => {
    const text = readFileSync(join(folder, path), 'utf8');
    const code = withoutComments(text);
    const imports = importsOf(path, code)
      // A style sheet is nobody's code.
      .filter(({target}) => !target.endsWith('.css'))
      .map((it) => (known.has(`${it.target}x`) ? {...it, target: `${it.target}x`} : it));
    return {path, text, code, imports};
  });
}

export function withoutComments(text: string): string {
  return text.replace(COMMENT_OR_STRING, (match) => {
    if (match.startsWith('//')) return '';
    return match.startsWith('/*') ? ' ' : match;
  });
}

/** The imports of code without comments; `path` is where it lies below src. */
export function importsOf(path: string, code: string): Import[] {
  const found: Import[] = [];
  for (const [, , type, specifier = ''] of code.matchAll(STATIC)) {
    found.push({...resolve(path, specifier), isTypeOnly: type !== undefined});
  }
  for (const [, specifier = ''] of code.matchAll(DYNAMIC)) {
    found.push({...resolve(path, specifier), isTypeOnly: false});
  }
  return found;
}

function resolve(path: string, specifier: string): Omit<Import, 'isTypeOnly'> {
  if (specifier.startsWith('.')) {
    return {target: posix.join(dirname(path), specifier).replace(/\.js$/, '.ts'), isOwn: true};
  }
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
  return {target: specifier.startsWith('node:') ? specifier : name, isOwn: false};
}
