import {type EventObject, fromCallback, type NonReducibleUnknown} from 'xstate';

/** A named hole in a machine: an outside thing that a composition root fills in with `machine.provide`. */
export const port = <Command extends EventObject, Input extends NonReducibleUnknown = NonReducibleUnknown>(
  name: string,
) =>
  fromCallback<Command, Input>(() => {
    throw new Error(`port not provided: ${name}`);
  });
