/** Lets a fault of a schedule happen. */

import {FdlError} from '../../src/errors.js';
import type {Simulation} from './run.js';
import type {TimedFault} from './schedule.js';

export function applyFault(simulation: Simulation, fault: TimedFault): void {
  const {world, disk, process, network, checks, servers} = simulation;
  const now = world.clock.now();
  world.note(`fault ${fault.kind}`, 'server' in fault ? fault.server : 0, 'ms' in fault ? fault.ms : 0);
  world.seen.add(`fault: ${fault.kind}`);
  switch (fault.kind) {
    case 'kill':
      return simulation.kill();
    case 'power-cut':
      return simulation.cutPower(fault.afterlife, fault.newBoot);
    case 'stop-signal':
      return process?.stop.abort(new FdlError('interrupted', 'stopped'));
    case 'workers-die':
      checks.workersDied();
      return process?.workers.kill();
    case 'disk-full':
      disk.faults.fullUntilMs = now + fault.ms;
      return;
    case 'disk-fails': {
      const {chance, errno, calls, ms} = fault;
      disk.faults.failingUntilMs = now + ms;
      disk.faults.failing = {chance, errno, calls: new Set(calls)};
      return;
    }
    case 'part-spoilt': {
      const path = disk.names.find((name) => name.endsWith('.fdl-part'));
      if (path === undefined || process !== null) return;
      const full = `${disk.folder}/${path}`;
      return disk.spoil(full, Math.floor(fault.share * (disk.content(full)?.length ?? 0)));
    }
  }
  const server = servers[fault.server];
  if (server === undefined) return;
  const connections = network.to(server);
  switch (fault.kind) {
    case 'server-down':
    case 'server-silent':
      server.stop(fault.kind === 'server-down' ? 'down' : 'silent');
      world.clock.setTimeout(() => server.restart(), fault.ms);
      return;
    case 'server-restarts':
      return server.restart();
    case 'connections-reset':
      for (const connection of connections) connection.cut('connection reset');
      return;
    case 'crowded':
      return server.crowd(now + fault.ms);
    case 'indexing':
      server.store.indexingUntilMs = now + fault.ms;
      return;
    case 'io-errors':
      server.store.failingUntilMs = now + fault.ms;
      return;
    case 'frozen':
      return server.freeze(now + fault.ms);
    case 'deaf':
      for (const {up} of connections) up.freeze(now + fault.ms);
      return;
    case 'slow':
      for (const {down} of connections) down.slow(fault.factor);
      return;
    case 'garbage':
      checks.slandered(server.name);
      for (const {down} of connections) down.spoil(fault.bytes);
      return;
    case 'replaced':
      server.store.replaced = server.store.version;
      server.store.version = simulation.versions[1];
  }
}
