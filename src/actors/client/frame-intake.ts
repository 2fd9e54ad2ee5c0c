/**
 * Where the next bytes of a socket go: headers and control frames into private memory, the payload of data frames
 * straight into a slab. Knows no socket; the link feeds it.
 */

import {HEADER_BYTES, TRASH_BYTES} from '../../limits.js';
import {parseHeader} from '../../protocol/frame-reader.js';
import {FRAME_TYPES, type FrameHeader} from '../../protocol/messages.js';
import type {BlockPlace} from './conversation.js';

export interface IntakePorts {
  /** Memory for one block, or null when none is free now. */
  takeSlab(): number | null;
  slabView(slab: number, length: number): Uint8Array;
  giveSlab(slab: number): void;
  /** Where a data frame's payload goes; null: nowhere. Throws on what breaks the protocol. */
  placeOf(header: FrameHeader): BlockPlace | null;
  onControl(header: FrameHeader, payload: Uint8Array): void;
  /** A block is whole; its slab now belongs to the receiver. */
  onBlock(place: BlockPlace, slab: number): void;
  /** Payload bytes of data frames, wanted or not. */
  onPayload(bytes: number): void;
}

type Reading =
  | {readonly kind: 'header'}
  | {readonly kind: 'control'; readonly header: FrameHeader; readonly target: Uint8Array}
  | {readonly kind: 'waiting'; readonly place: BlockPlace}
  | {readonly kind: 'block'; readonly place: BlockPlace; readonly slab: number; readonly target: Uint8Array}
  | {readonly kind: 'unwanted'; readonly length: number}
  /** Nothing is read any more: a slab taken now would never come back. */
  | {readonly kind: 'closed'};

export class FrameIntake {
  readonly #ports: IntakePorts;
  readonly #scratch = new Uint8Array(HEADER_BYTES);
  readonly #trash = new Uint8Array(TRASH_BYTES);
  #reading: Reading = {kind: 'header'};
  #filled = 0;

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  /** Nothing of a frame has come yet: the stream can be given to another reader. */
  get isBetweenFrames(): boolean {
    return this.#reading.kind === 'header' && this.#filled === 0;
  }

  /** Memory for the next bytes; null: a slab is needed and none is free, or nothing is read any more. */
  next(): Uint8Array | null {
    if (this.#reading.kind === 'waiting' && !this.#takeSlab(this.#reading.place)) return null;
    const reading = this.#reading;
    switch (reading.kind) {
      case 'header':
        return this.#scratch.subarray(this.#filled);
      case 'control':
      case 'block':
        return reading.target.subarray(this.#filled);
      case 'unwanted':
        return this.#trash.subarray(0, Math.min(this.#trash.length, reading.length - this.#filled));
      case 'waiting':
      case 'closed':
        return null;
    }
  }

  /** `count` bytes were put into what `next` gave. */
  advance(count: number): void {
    this.#filled += count;
    const reading = this.#reading;
    switch (reading.kind) {
      case 'header':
        if (this.#filled === HEADER_BYTES) this.#startFrame(parseHeader(this.#scratch));
        return;
      case 'control':
        if (this.#filled < reading.target.length) return;
        this.#become({kind: 'header'});
        return this.#ports.onControl(reading.header, reading.target);
      case 'block':
        this.#ports.onPayload(count);
        if (this.#filled < reading.target.length) return;
        this.#become({kind: 'header'});
        return this.#ports.onBlock(reading.place, reading.slab);
      case 'unwanted':
        this.#ports.onPayload(count);
        if (this.#filled === reading.length) this.#become({kind: 'header'});
        return;
      case 'waiting':
      case 'closed':
        throw new Error('bytes came while no memory was given for them');
    }
  }

  /** Copies bytes that landed elsewhere. Returns what is left when no slab is free, or when it was closed meanwhile. */
  feed(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    while (rest.length > 0) {
      const target = this.next();
      if (target === null) return rest;
      const part = rest.subarray(0, target.length);
      target.set(part);
      this.advance(part.length);
      rest = rest.subarray(part.length);
    }
    return rest;
  }

  /** The socket is gone: an unfinished block's slab is given back. */
  close(): void {
    if (this.#reading.kind === 'block') this.#ports.giveSlab(this.#reading.slab);
    this.#become({kind: 'closed'});
  }

  #startFrame(header: FrameHeader): void {
    if (header.type !== FRAME_TYPES.data) {
      return this.#become({kind: 'control', header, target: new Uint8Array(header.length)});
    }
    const place = this.#ports.placeOf(header);
    this.#become(place === null ? {kind: 'unwanted', length: header.length} : {kind: 'waiting', place});
  }

  #takeSlab(place: BlockPlace): boolean {
    const slab = this.#ports.takeSlab();
    if (slab === null) return false;
    this.#become({kind: 'block', place, slab, target: this.#ports.slabView(slab, place.length)});
    return true;
  }

  #become(reading: Reading): void {
    this.#reading = reading;
    this.#filled = 0;
  }
}
