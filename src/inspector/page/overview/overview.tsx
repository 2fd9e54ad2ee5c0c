/** What is going on, at one glance: totals, servers, and the map of the file; or a server's clients and files. */

import './server-colours.css';
import './overview.css';
import './lanes.css';
import './map.css';
import {moment} from '../store.js';
import {FragmentPanel} from './fragment-panel.js';
import {ServeOverview} from './serve-overview.js';
import {ServerLanes} from './server-lanes.js';
import {LargeFiles, SetTotals} from './set-totals.js';
import {Totals} from './totals.js';

export function Overview() {
  const now = moment.value;
  if (now === null) return <p class="empty">Nothing is known yet.</p>;
  if (now.serve !== null) return <ServeOverview serve={now.serve} t={now.t} />;
  if (now.set !== null && now.item === null)
    return (
      <div class="overview">
        <SetTotals moment={now} set={now.set} />
        <LargeFiles set={now.set} />
        <ServerLanes moment={now} />
      </div>
    );
  return (
    <div class="overview">
      <Totals moment={now} />
      <FragmentPanel moment={now} />
      <ServerLanes moment={now} />
    </div>
  );
}
