/** The store as actor logic: commands of the download become calls, and digests are checked before they are believed. */

import {fromCallback} from 'xstate';
import type {StoreEvent as DownloadStoreEvent} from '../../machines/events.js';
import type {StoreCommand} from '../../machines/store-commands.js';
import {DIGEST_BYTES, fragmentDigest, rootOf} from '../../protocol/digests.js';
import type {Clock} from '../clock.js';
import type {Slabs} from '../slabs.js';
import type {Store, StoreEvent} from '../store/store-port.js';

export interface StorePorts {
  /** Makes the store; what it tells goes to `notify`. */
  readonly createStore: (notify: (event: StoreEvent) => void) => Store;
  readonly slabs: Slabs;
  readonly clock: Clock;
  /** The store, for whoever must close it when the download has ended. */
  readonly onCreated: (store: Store) => void;
}

/** The store as actor logic for the port `store` of the download machine. */
export function storeLogic({createStore, slabs, clock, onCreated}: StorePorts) {
  return fromCallback<StoreCommand>(({sendBack, receive}) => {
    const notify = (event: DownloadStoreEvent) => sendBack(event);
    /** 32 bytes a fragment, once they are proved. */
    let fragmentDigests: Uint8Array = new Uint8Array(0);
    let isStopped = false;
    const store = createStore((event) => {
      if (isStopped) return;
      if (event.type === 'store.opened') {
        const {fragmentDigests: digests, ...rest} = event;
        if (digests !== null) fragmentDigests = digests;
        // Proved before the part was opened: its log is to know them too.
        else if (fragmentDigests.length > 0) store.learnFragmentDigests(fragmentDigests);
        notify({...rest, hasFragmentDigests: digests !== null});
      } else notify(event);
    });
    onCreated(store);

    receive((command) => {
      const atMs = clock.now();
      switch (command.type) {
        case 'store.open':
          return store.open(command.manifest);
        case 'root.prove': {
          const {manifest, digests} = command;
          if (rootOf({...manifest, fragmentDigests: digests}) !== manifest.root)
            return notify({type: 'root.refuted', atMs});
          fragmentDigests = digests;
          store.learnFragmentDigests(digests);
          return notify({type: 'root.proved', atMs});
        }
        case 'fragment.recall': {
          const {fragment} = command;
          const digests = store.blockDigestsOf(fragment);
          if (digests === null) return notify({type: 'fragment.unknown', atMs, fragment});
          return notify({
            type: 'fragment.proved',
            atMs,
            fragment,
            salvaged: store.learnBlockDigests(fragment, digests),
          });
        }
        case 'fragment.prove': {
          const {fragment, connection, digests} = command;
          const start = (fragment - 1) * DIGEST_BYTES;
          const expected = fragmentDigests.subarray(start, start + DIGEST_BYTES);
          if (!fragmentDigest(digests).equals(expected)) {
            return notify({type: 'fragment.refuted', atMs, fragment, connection});
          }
          return notify({
            type: 'fragment.proved',
            atMs,
            fragment,
            salvaged: store.learnBlockDigests(fragment, digests),
          });
        }
        case 'fragment.forget':
          return store.forget(command.fragment);
        case 'block.put':
          return store.putBlock(command);
        case 'slab.drop':
          return slabs.give(command.slab);
        case 'store.finish':
          return store.finish({sha256: command.sha256});
      }
    });
    store.prepare();
    return () => {
      isStopped = true;
    };
  });
}
