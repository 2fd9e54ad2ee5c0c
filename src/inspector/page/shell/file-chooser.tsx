/** Which file of a set all views show; nothing where there is only one. */

import {chosenFile, moment} from '../store.js';

export function FileChooser() {
  const large = moment.value?.set?.large ?? known.large;
  if (moment.value?.set != null) known = moment.value.set;
  if (large.length === 0 && chosenFile.value === null) return null;
  return (
    <label class="file-chooser">
      <span class="away">File shown</span>
      <select
        value={chosenFile.value ?? ''}
        onChange={({currentTarget: {value}}) => {
          chosenFile.value = value === '' ? null : Number(value);
        }}
      >
        <option value="">all files</option>
        {large.map(({item, name}) => (
          <option key={item} value={item}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What was known of the set when it was seen last: a single file's moment does not tell of the others. */
let known: {readonly large: readonly {readonly item: number; readonly name: string}[]} = {large: []};
