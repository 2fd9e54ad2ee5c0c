/** Questions of a client become replies, asked of the store. */

import type {ClientMessage, ServerMessage} from '../../protocol/messages.js';
import type {Answer, FragmentStore} from './fragment-store.js';

/** The reply to a listing, manifest, digests, have or ping. */
export async function answerTo(message: ClientMessage, store: FragmentStore): Promise<ServerMessage> {
  const {id} = message;
  switch (message.type) {
    case 'list':
      return {type: 'listing', id, ...store.list(message.after, message.limit)};
    case 'manifest':
      return replyOf(id, store.manifest(message.name), (manifest) => ({
        type: 'manifestReply',
        id,
        ...manifest,
      }));
    case 'digests': {
      const {root, first, count} = message;
      return replyOf(id, store.digests(root, first, count), (digests) => ({
        type: 'digestsReply',
        id,
        digests,
      }));
    }
    case 'blockDigests': {
      const found = await store.blockDigests(message.root, message.fragment);
      return replyOf(id, found, (digests) => ({type: 'blockDigestsReply', id, digests}));
    }
    case 'have': {
      const {root, first, count} = message;
      return replyOf(id, store.have(root, first, count), (bitmap) => ({type: 'haveReply', id, bitmap}));
    }
    case 'pending':
      return {type: 'pendingReply', id, ...store.pending()};
    case 'ping':
      return {type: 'pong', id};
    default:
      throw new Error(`${message.type} is not a question`);
  }
}

function replyOf<T>(id: number, found: Answer<T>, reply: (value: T) => ServerMessage): ServerMessage {
  return found.kind === 'ok' ? reply(found.value) : {type: 'error', id, refusal: found.refusal};
}
