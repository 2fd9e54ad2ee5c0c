/** Colours of the styles for what is drawn on a canvas; whoever reads `theme` draws anew when the theme changes. */

import {signal} from '@preact/signals';

/** Grows when colours may have changed. */
export const theme = signal(0);

const known = new Map<string, string>();
const changed = (): void => {
  known.clear();
  theme.value++;
};
new MutationObserver(changed).observe(document.documentElement, {attributeFilter: ['data-theme']});
matchMedia('(prefers-color-scheme: light)').addEventListener('change', changed);

/** Looks up a variable of the styles by its name without dashes, as it is now. */
export function colourReader(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => {
    const found = known.get(name) ?? style.getPropertyValue(`--${name}`).trim();
    known.set(name, found);
    return found;
  };
}
