/** What a message of a client means to the session machine, and what is said of versions and refusals. Pure. */

import type {SessionEvent} from '../../machines/session.js';
import type {RefusalCode} from '../../model.js';
import {BUNDLE_FEATURE, type ClientMessage, PENDING_FEATURE, VERSION} from '../../protocol/messages.js';

export type Hello = Extract<ClientMessage, {readonly type: 'hello'}>;

export function eventOf(message: ClientMessage): SessionEvent {
  const {id} = message;
  switch (message.type) {
    case 'hello':
      return {
        type: 'hello.received',
        id,
        common: message.minVersion <= VERSION && VERSION <= message.maxVersion,
      };
    case 'fetch':
    case 'bundle':
      return {type: 'fetch.received', id};
    case 'cancel':
      return {type: 'cancel.received', id};
    case 'report':
      return {type: 'report.received', id};
    default:
      return {type: 'request.received', id};
  }
}

/** What both sides speak beyond the version itself. */
export function commonFeatures({features}: Hello): readonly string[] {
  return [BUNDLE_FEATURE, PENDING_FEATURE].filter((feature) => features.includes(feature));
}

/** The feature that a client must have named to send this; null: none. */
export function featureOf({type}: ClientMessage): string | null {
  if (type === 'bundle') return BUNDLE_FEATURE;
  return type === 'pending' ? PENDING_FEATURE : null;
}

/** Both versions, for people. */
export function versionProblem({minVersion, maxVersion}: Hello): string {
  const theirs = minVersion === maxVersion ? `fdl/${minVersion}` : `fdl/${minVersion} to fdl/${maxVersion}`;
  return `this server speaks fdl/${VERSION}, the client ${theirs}`;
}

export function refusal(code: RefusalCode, message: string) {
  return {code, message, progressPermille: null};
}
