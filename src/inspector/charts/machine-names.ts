/** Ids of all machines, without the machines themselves: for those who only have to know what there is. */

export const MACHINE_NAMES = ['download', 'connection', 'fragment', 'session', 'library'] as const;

export type MachineName = (typeof MACHINE_NAMES)[number];
