/** What people must know before they believe what they see: nothing yet, something wrong, not everything there. */

import {formatBytes, formatPercent} from '../../../units.js';
import {feed, moment} from '../store.js';

/** Null: nothing to say. */
export function Notices() {
  const known = feed.value;
  const dropped = moment.value?.droppedRows ?? 0;
  const texts = [...(known?.problems ?? [])];
  if (known?.status.kind === 'reconnecting')
    texts.push('The connection to fdl is gone. What is shown is the last that was heard; it is tried again.');
  if (dropped > 0) texts.push(`${dropped} rows are missing: the trace could not be written fast enough.`);
  if (texts.length === 0) return null;
  return (
    <ul class="notices" role="status">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}

/** Instead of the views, while there is nothing to show. */
export function Waiting() {
  const known = feed.value;
  if (known?.status.kind === 'failed')
    return (
      <div class="waiting" role="alert">
        <h2>This cannot be shown</h2>
        <p>{known.status.reason}</p>
      </div>
    );
  if (known?.status.kind === 'loading')
    return (
      <div class="waiting" role="status">
        <h2>Reading the trace</h2>
        <p>
          {known.bytesTotal === null
            ? formatBytes(known.bytes)
            : `${formatPercent(known.bytes, known.bytesTotal)} of ${formatBytes(known.bytesTotal)}`}
        </p>
      </div>
    );
  return (
    <div class="waiting" role="status">
      <h2>{known?.status.kind === 'ended' ? 'Nothing happened' : 'Waiting for the first rows'}</h2>
      <p>They appear here as soon as fdl sends them.</p>
    </div>
  );
}
