/** Mistakes that somebody could make, as changes to the built code: the simulation has to find each of them. */

export interface PlantedBug {
  readonly what: string;
  /** Below `src` of the build. */
  readonly file: string;
  /** Occurs once. */
  readonly find: string;
  readonly replace: string;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    what: 'a short write counts as a whole one',
    file: 'workers/write-fully.js',
    find: 'while (done < bytes.length)',
    replace: 'if (done < bytes.length)',
  },
  {
    what: 'a received block is written without being compared',
    file: 'workers/store-block.js',
    find: 'received !== task.digest',
    replace: 'false',
  },
  {
    what: 'a block found on disk counts without being compared',
    file: 'workers/check-block.js',
    find: 'received === task.digest',
    replace: 'true',
  },
  {
    what: 'what a killed run left is trusted',
    file: 'actors/store/open-version.js',
    find: 'state.wasClosedAs(found)',
    replace: 'true',
  },
  {
    what: 'a clean end is written before the part is synced',
    file: 'actors/store/log-writer.js',
    find: '        await part.sync();\n        const { size',
    replace: '        const { size',
  },
  {
    what: 'a log with a torn end is gone on with after its end',
    file: 'actors/store/resume-log.js',
    find: 'if (facts.size !== validBytes)',
    replace: 'if (false)',
  },
  {
    what: 'the digests in a log are believed',
    file: 'actors/store/log-state.js',
    find: 'rootOf({ size, geometry, sha256, fragmentDigests }) !== root',
    replace: 'false',
  },
  {
    what: 'blocks lie one too far',
    file: 'geometry.js',
    find: 'return fragmentOffset(geometry, fragment) + block * geometry.blockBytes;',
    replace: 'return fragmentOffset(geometry, fragment) + (block + 1) * geometry.blockBytes;',
  },
  {
    what: 'the fragment digests need not make up the root',
    file: 'actors/client/store-actor.js',
    find: 'rootOf({ ...manifest, fragmentDigests: digests }) !== manifest.root',
    replace: 'false',
  },
  {
    what: "the block digests need not make up their fragment's",
    file: 'actors/client/store-actor.js',
    find: '!fragmentDigest(digests).equals(expected)',
    replace: 'false',
  },
  {
    what: 'a banned server keeps its connections',
    file: 'machines/plan/server-fate.js',
    find: '    plan.dismissAll(server, isAboutBlock',
    replace: '    void (isAboutBlock',
  },
  {
    what: 'a banned server is found out and not banned',
    file: 'machines/plan/server-fate.js',
    find: "    plan.fleet.enter(server, { kind: 'banned', evidence });\n",
    replace: '',
  },
  {
    what: 'another version of the file is taken for this one',
    file: 'machines/plan/apply-connection.js',
    find: 'plan.root !== null && event.manifest.root !== plan.root',
    replace: 'false',
  },
  {
    what: 'a server answers for the size that another one named',
    file: 'machines/plan/take-step.js',
    find: 'if (!plan.isProved)',
    replace: 'if (false)',
  },
  {
    what: 'a second copy of a block is stored again',
    file: 'machines/plan/apply-fetch.js',
    find: 'return state === MISSING || state === LEASED || state === HEDGED;',
    replace: 'return true;',
  },
  {
    what: 'what a lost connection had been given stays with it',
    file: 'machines/plan/plan.js',
    find: '            this.releaseRun(run);\n',
    replace: '',
  },
  {
    what: 'a lost server is never dialled again',
    file: 'machines/plan/server-fate.js',
    find: 'delayMs === null ? null : Math.max(notBeforeMs, atMs + delayMs)',
    replace: 'null',
  },
  {
    what: 'the clock is not asked to ring',
    file: 'machines/plan/orders.js',
    find: 'if (plan.ringsAtMs === atMs)',
    replace: 'if (true)',
  },
  {
    what: 'a block leaves its memory taken when it was stored',
    file: 'actors/store/open-part.js',
    find: 'this.#options.store.slabs.give(slab);',
    replace: '',
  },
  {
    what: 'a connection that is lost keeps the memory of its block',
    file: 'actors/client/frame-intake.js',
    find: '            this.#ports.giveSlab(this.#reading.slab);\n',
    replace: '            void 0;\n',
  },
  {
    what: 'a paused socket is not read again',
    file: 'actors/client/link.js',
    find: '        if (this.#rest === null)\n            this.#socket.resume();',
    replace: '',
  },
  {
    what: 'a buffer of the server is used again before its bytes have left',
    file: 'actors/server/frame-writer.js',
    find: 'return new Promise((resolve) => this.#write(frame, resolve));',
    replace: 'return new Promise((resolve) => { this.#write(frame, () => {}); resolve(true); });',
  },
  {
    what: 'the files of a part are left open',
    file: 'actors/store/store.js',
    find: '            await version.close();\n',
    replace: '',
  },
  {
    what: 'the lock stays when the download has ended',
    file: 'actors/store/store.js',
    find: '        await this.#lock?.release();\n',
    replace: '        this.#lock?.abandon();\n',
  },
  {
    what: 'part and log stay beside the finished file',
    file: 'actors/store/store.js',
    find: '        await removeOurs(this.#disk, place);\n    }',
    replace: '    }',
  },
  {
    what: 'the name is given before every block is stored',
    file: 'machines/plan/next-step.js',
    find: 'plan.blocks.isComplete ?',
    replace: 'plan.blocks.missingBlocks === 0 ?',
  },
  {
    what: 'a busy server that said when to come back is not asked again',
    file: 'machines/plan/take-step.js',
    find: "                    row.state = 'ready';\n            if",
    replace: '                    void 0;\n            if',
  },
  {
    what: 'a stop does not end the timers of the log',
    file: 'actors/store/log-writer.js',
    find: '        this.#options.clock.clearTimeout(this.#syncTimer);\n    }',
    replace: '    }',
  },
];
