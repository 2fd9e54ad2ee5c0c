/** File systems whose page cache may be another machine's: `f_type` of statfs(2), Linux. */

const NETWORK_TYPES: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x65735546, // FUSE: sshfs, s3fs and the like; a local one only costs a second look
  0x01021997, // 9p
  0x5346414f, // AFS
  0x6b414653, // kAFS
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x73757245, // Coda
  0x786f4256, // VirtualBox shared folder
  0x19830326, // BeeGFS
]);

/** Whether `type` of statfs names a network file system. Unknown types count as local, as they are on other systems. */
export function isNetworkFileSystem(type: number): boolean {
  return NETWORK_TYPES.has(type >>> 0);
}
