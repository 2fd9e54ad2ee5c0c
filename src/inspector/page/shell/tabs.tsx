/** The tabs, reached by one stop of the Tab key: arrows, Home and End go from one to the next. */

import {useRef} from 'preact/hooks';
import {TABS, type Tab, tab} from '../store.js';

const NAMES: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  machines: 'Machines',
  timeline: 'Timeline',
  events: 'Events',
};

export function Tabs() {
  const list = useRef<HTMLDivElement>(null);
  const choose = (next: Tab): void => {
    tab.value = next;
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = TABS.indexOf(tab.value);
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: (at + TABS.length - 1) % TABS.length,
      ArrowRight: (at + 1) % TABS.length,
      Home: 0,
      End: TABS.length - 1,
    };
    const next = TABS[steps[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" ref={list} onKeyDown={onKeyDown}>
      {TABS.map((it) => (
        <button
          key={it}
          type="button"
          role="tab"
          id={`tab-${it}`}
          aria-selected={tab.value === it}
          aria-controls="view"
          tabIndex={tab.value === it ? 0 : -1}
          onClick={() => choose(it)}
        >
          {NAMES[it]}
        </button>
      ))}
    </div>
  );
}
