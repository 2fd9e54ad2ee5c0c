/** What is going on, at one glance: totals, servers, and the map of the file; or a server's clients and files. */

import './server-colours.css';
import './overview.css';
import './lanes.css';
import './map.css';
import {moment} from '../store.js';
import {FragmentPanel} from './fragment-panel.js';
import {ServeOverview} from './serve-overview.js';
import {ServerLanes} from './server-lanes.js';
import {Totals} from './totals.js';

export function Overview() {
  const now = moment.value;
  if (now === null) return <p class="empty">Nothing is known yet.</p>;
  if (now.serve !== null) return <ServeOverview serve={now.serve} t={now.t} />;
  return (
    <div class="overview">
      <Totals moment={now} />
      <ServerLanes moment={now} />
      <FragmentPanel moment={now} />
    </div>
  );
}
