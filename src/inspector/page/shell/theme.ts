/** Dark or light: as the system has it, until somebody chooses; the choice is kept in the browser. */

import {signal} from '@preact/signals';

export type Theme = 'dark' | 'light';

const KEY = 'fdl-theme';

export const theme = signal<Theme>('dark');

/** Sets the theme of the page from now on. Called once. */
export function followTheme(): void {
  const system = matchMedia('(prefers-color-scheme: light)');
  const apply = (): void => show(chosen() ?? (system.matches ? 'light' : 'dark'));
  system.addEventListener('change', apply);
  apply();
}

export function switchTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing: it holds until the page is closed.
  }
  show(next);
}

function show(next: Theme): void {
  theme.value = next;
  document.documentElement.dataset['theme'] = next;
}

function chosen(): Theme | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'dark' || kept === 'light' ? kept : null;
  } catch {
    return null;
  }
}
