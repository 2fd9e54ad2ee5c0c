/** One read buffer for each thread, grown to the largest block asked for: no allocation for each block. */

let scratch = new Uint8Array(0);

/** The first `length` bytes of this thread's buffer. Valid until the next call: tasks that use it never wait. */
export function scratchOf(length: number): Uint8Array {
  if (scratch.length < length) scratch = new Uint8Array(length);
  return scratch.subarray(0, length);
}
