/** Contenders that download one file, each from the servers that it speaks with. */

import {mkdirSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';

import {sameBytes} from '../../test/support/files.js';
import {commandLine} from './format.js';
import {measure} from './measure.js';
import type {Job, Tool} from './peers.js';
import type {Contender} from './rounds.js';
import type {Fleet} from './servers.js';

export interface DownloadSample {
  /** From process start to process end. */
  readonly seconds: number;
  readonly clientCpuSeconds: number;
  /** Of all servers together, meanwhile. */
  readonly serverCpuSeconds: number;
  /** The most memory that the client held. */
  readonly clientPeakBytes: number;
  /** What fdl says of it with --json; undefined for the others. */
  readonly elapsedMs: number | undefined;
}

export interface DownloadScene {
  /** The file as it lies at the servers. */
  readonly original: string;
  readonly name: string;
  readonly fleets: {readonly fdl: Fleet; readonly http: Fleet};
  /** A folder for what arrives. */
  readonly scratch: string;
  readonly deadlineSeconds: number;
}

/**
 * A contender that downloads the scene's file with `tool` into an empty folder. What arrives must have the right size each
 * time, and the right bytes the first time. The folder is emptied afterwards, outside the measured time.
 */
export function downloadWith(tool: Tool, scene: DownloadScene): Contender<DownloadSample> {
  const fleet = scene.fleets[tool.speaks];
  const target = join(scene.scratch, 'target');
  let isProved = false;
  return {
    name: tool.name,
    run: async () => {
      mkdirSync(target);
      try {
        const serversBefore = fleet.cpuSeconds();
        const measured = await measure(tool.command(jobOf(tool, scene)), {
          cwd: target,
          deadlineSeconds: scene.deadlineSeconds,
        });
        const serverCpuSeconds = fleet.cpuSeconds() - serversBefore;
        assertArrived(tool, scene, join(target, scene.name), !isProved);
        isProved = true;
        return {
          seconds: measured.seconds,
          clientCpuSeconds: measured.cpuSeconds,
          serverCpuSeconds,
          clientPeakBytes: measured.peakBytes,
          elapsedMs: tool.speaks === 'fdl' ? elapsedOf(measured.stdout) : undefined,
        };
      } finally {
        rmSync(target, {recursive: true, force: true});
      }
    },
  };
}

/** The commands of tools in a scene, by name, as they would be typed. */
export function commandsOf(tools: readonly Tool[], scene: DownloadScene): Record<string, string> {
  return Object.fromEntries(tools.map((tool) => [tool.name, commandLine(tool.command(jobOf(tool, scene)))]));
}

function jobOf(tool: Tool, {name, fleets, scratch}: DownloadScene): Job {
  return {name, servers: fleets[tool.speaks].addresses, target: join(scratch, 'target')};
}

function assertArrived(tool: Tool, scene: DownloadScene, path: string, byBytes: boolean): void {
  const [size, wanted] = [statSync(path).size, statSync(scene.original).size];
  if (size !== wanted) throw new Error(`${tool.name} left ${size} bytes instead of ${wanted}`);
  if (byBytes && !sameBytes(path, scene.original)) throw new Error(`${tool.name} left wrong bytes`);
}

function elapsedOf(stdout: string): number {
  return (JSON.parse(stdout) as {elapsedMs: number}).elapsedMs;
}
