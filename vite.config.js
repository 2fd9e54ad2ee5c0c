/**
 * Builds the page of the visualizer (src/inspector/page) into dist/page: everything in files of its own with a hash in
 * their names, nothing inline and nothing of another origin, for it is served under `default-src 'self'`.
 */

import {defineConfig} from 'vite';

export default defineConfig({
  root: 'src/inspector/page',
  base: './',
  logLevel: 'warn',
  oxc: {jsx: {runtime: 'automatic', importSource: 'preact'}},
  build: {
    outDir: '../../../dist/page',
    emptyOutDir: true,
    target: ['chrome128', 'firefox130', 'safari18'],
    // A picture in a data: URL would be refused by the policy.
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    // A notice about how long plugins took is nobody's concern.
    rolldownOptions: {checks: {pluginTimings: false}},
    // The layout of charts alone is 1.6 MB, in a worker of its own.
    chunkSizeWarningLimit: 2_000,
  },
  worker: {format: 'es'},
});
