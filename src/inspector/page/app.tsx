/** The whole page: header, tabs, the chosen view, and the scrubber below all of them. */

import {Events} from './events/events.js';
import {Machines} from './machines/machines.js';
import {Overview} from './overview/overview.js';
import {Header} from './shell/header.js';
import {Notices, Waiting} from './shell/notices.js';
import {Scrubber} from './shell/scrubber.js';
import {Tabs} from './shell/tabs.js';
import {feed, moment, tab} from './store.js';
import {Timeline} from './timeline/timeline.js';

export function App() {
  const isFailed = feed.value?.status.kind === 'failed';
  const hasRows = moment.value !== null;
  return (
    <div class="app">
      <Header />
      <nav aria-label="Views">
        <Tabs />
      </nav>
      <main class="view">
        {isFailed && hasRows && <Waiting />}
        <Notices />
        <div class="panel" role="tabpanel" id="view" aria-labelledby={`tab-${tab.value}`}>
          {hasRows ? <View /> : <Waiting />}
        </div>
      </main>
      {(hasRows || !isFailed) && <Scrubber />}
    </div>
  );
}

function View() {
  switch (tab.value) {
    case 'overview':
      return <Overview />;
    case 'machines':
      return <Machines />;
    case 'timeline':
      return <Timeline />;
    case 'events':
      return <Events />;
  }
}
