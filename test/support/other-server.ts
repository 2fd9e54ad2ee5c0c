/** Makes a proxy look like a server of its own: many "servers" out of few processes. */

import {encodeServer} from '../../src/protocol/codec.js';
import type {ProxyOptions} from './chaos-proxy.js';

/** Options for a proxy whose server introduces itself as instance `number`, and not as the process behind it. */
export function asOtherServer(number: number): Pick<ProxyOptions, 'control'> {
  const instanceId = number.toString(16).padStart(32, '0');
  return {
    control: ({message}) =>
      message?.type === 'welcome' ? {replace: [encodeServer({...message, instanceId})]} : 'pass',
  };
}
