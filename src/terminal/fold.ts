/** Too many files for a screen become folders. Pure. */

/** A row of a folded list. */
export type Folded<File> =
  | {readonly kind: 'file'; readonly file: File}
  /** `name` ends in a slash; `files` are all those below it. */
  | {readonly kind: 'folder'; readonly name: string; readonly files: readonly File[]};

/**
 * At most `rowsMax` rows: the files themselves when they are no more (null: always), else the folders below the one
 * that all have in common, and the files right in it. `hidden`: files that not even then have a row.
 */
export function foldRows<File extends {readonly name: string}>(
  files: readonly File[],
  rowsMax: number | null,
): {readonly rows: readonly Folded<File>[]; readonly hidden: number} {
  const asFiles = files.map((file) => ({kind: 'file', file}) as const);
  if (rowsMax === null || files.length <= rowsMax) return {rows: asFiles, hidden: 0};
  const prefix = commonFolder(files);
  const folders = new Map<string, File[]>();
  const rows: Folded<File>[] = [];
  for (const file of files) {
    const slash = file.name.indexOf('/', prefix.length);
    if (slash < 0) {
      rows.push({kind: 'file', file});
      continue;
    }
    const name = file.name.slice(0, slash + 1);
    const known = folders.get(name);
    if (known !== undefined) known.push(file);
    else {
      const below = [file];
      folders.set(name, below);
      rows.push({kind: 'folder', name, files: below});
    }
  }
  const hidden = rows
    .slice(rowsMax)
    .reduce((sum, row) => sum + (row.kind === 'file' ? 1 : row.files.length), 0);
  return {rows: rows.slice(0, rowsMax), hidden};
}

/** The folder, with its slash, that all names are below; '' for none. */
function commonFolder(files: readonly {readonly name: string}[]): string {
  let common = files[0]?.name ?? '';
  for (const {name} of files) while (!name.startsWith(common)) common = common.slice(0, -1);
  return common.slice(0, common.lastIndexOf('/') + 1);
}
