/** What else may listen on a port: told by its first bytes, so that a wrong port gets a message that helps. */

const BEGINNINGS: readonly (readonly [start: string, protocol: string])[] = [
  ['HTTP/', 'HTTP'],
  // Answers of the kind HTTP had before it had status lines; servers fall back to it when they understand nothing.
  ['<!DOCTYPE', 'HTTP'],
  ['<html', 'HTTP'],
  ['SSH-', 'SSH'],
  ['220', 'FTP or SMTP'],
  // An alert or a handshake record of TLS 1.0 to 1.3.
  ['\x15\x03', 'TLS'],
  ['\x16\x03', 'TLS'],
];

/** The name of the protocol that `bytes`, the first ones of a peer, begin like; null for none known. */
export function foreignProtocol(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  return BEGINNINGS.find(([beginning]) => start.startsWith(beginning))?.[1] ?? null;
}
