/** The top of the overview of several files: how many are here, and which large ones can be looked at by themselves. */

import {formatBytes, formatElapsed, formatPercent} from '../../../units.js';
import type {Moment, SetFile, SetMoment} from '../model/moment.js';
import {chosenFile} from '../store.js';
import {type Figure, rateFigure, setStageWords} from './progress.js';
import {Figures} from './totals.js';

interface SetProps {
  readonly moment: Moment;
  readonly set: SetMoment;
}

export function SetTotals({moment, set}: SetProps) {
  const here = set.storedFiles + set.completeFiles;
  const name = set.wanted.join(', ');
  return (
    <section class="card totals" aria-label="Totals">
      <header class="totals-head">
        <h2 class="totals-name" title={name}>
          {name === '' ? 'all files' : name}
        </h2>
        <p class="totals-stage" data-how={moment.end?.how ?? ''}>
          {setStageWords(moment)}
        </p>
        <p class="totals-of">
          {here} of {set.files ?? '?'} files{set.bytes === null ? '' : `, ${formatBytes(set.bytes)}`}
        </p>
        <p class="totals-percent">{set.files === null ? '' : formatPercent(here, set.files)}</p>
      </header>
      <Bar set={set} here={here} />
      {moment.end?.message != null && <p class="totals-message">{moment.end.message}</p>}
      <Figures figures={figuresOf(moment, set)} />
    </section>
  );
}

function Bar({set, here}: {readonly set: SetMoment; readonly here: number}) {
  const files = Math.max(1, set.files ?? 0);
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label="Progress of the files"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor((here / files) * 100)}
    >
      <div class="bar-part bar-kept" style={{width: `${(set.completeFiles / files) * 100}%`}} />
      <div class="bar-part bar-stored" style={{width: `${(set.storedFiles / files) * 100}%`}} />
      <div class="bar-part bar-failed" style={{width: `${(set.failedFiles / files) * 100}%`}} />
    </div>
  );
}

function figuresOf(moment: Moment, set: SetMoment): Figure[] {
  const {totals, t, end} = moment;
  return [
    rateFigure(moment),
    {
      name: 'received',
      value: formatBytes(totals.receivedBytes),
      about: 'payload, over all files and servers',
    },
    {
      name: 'files stored',
      value: String(set.storedFiles),
      about: 'received, found right, and under their names',
    },
    {name: 'were here', value: String(set.completeFiles), about: 'complete before this run'},
    {name: 'failed', value: String(set.failedFiles), about: 'files that could not be had'},
    {
      name: 'bundles',
      value: `${set.bundles}, ${set.bundlesOut} out`,
      about: 'requests for many small files at once, so far and now',
    },
    {name: end === null ? 'elapsed' : 'took', value: formatElapsed(end?.t ?? t), about: 'since the start'},
  ];
}

const FILES_MAX = 100;

const FILE_WORDS: Readonly<Record<SetFile['is'], string>> = {
  begun: 'under way',
  stored: 'stored',
  complete: 'was here',
  failed: 'failed',
};

/** The large files of a set, each of which has a map of its own. */
export function LargeFiles({set}: {readonly set: SetMoment}) {
  return (
    <section class="card beside" aria-label="Large files">
      <header class="card-head">
        <h2>Large files</h2>
        <p class="card-note">{set.large.length === 0 ? 'none yet' : 'each has a map of its own'}</p>
      </header>
      <ul class="files">
        {set.large.slice(0, FILES_MAX).map(({item, name, size, is}) => (
          <li key={item} data-is={is}>
            <button
              type="button"
              class="file-choose"
              title={name}
              onClick={() => {
                chosenFile.value = item;
              }}
            >
              {name}
            </button>
            <span class="file-sent">{size === null ? '' : formatBytes(size)}</span>
            <span class="file-about">{FILE_WORDS[is]}</span>
          </li>
        ))}
      </ul>
      {set.large.length > FILES_MAX && <p class="empty">and {set.large.length - FILES_MAX} more</p>}
    </section>
  );
}
