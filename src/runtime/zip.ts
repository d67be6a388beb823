/**
 * Reading a zip archive that is not trusted: only the central directory is believed, after it has been checked, and
 * no more is ever unpacked than an entry claims and the caller allows.
 */
import { Inflate } from 'fflate';
import { UserError } from '../math/errors';

export interface ZipEntry {
  name: string;
  /** Unpacked size as the directory claims it; `unpack` holds it to that. */
  size: number;
  packedSize: number;
  method: number;
  crc: number;
  /** Where the entry's local header begins. */
  offset: number;
}

const fail = (file: string, problem: string): never => {
  throw new UserError(`The archive ${file} cannot be read (${problem}); save it again.`, file);
};

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
/** Deflate packs no tighter than 1,032 to 1; an entry that claims more lies. */
const tightest = 1032;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The entries of an archive.
 * @param limit most bytes that all entries together may unpack to
 * @throws UserError if it is no archive, is encrypted, uses sizes of 64 bits, overlaps itself or would unpack to more
 */
export function readZip(bytes: Uint8Array, file: string, limit: number): ZipEntry[] {
  const view = viewOf(bytes);
  const end = findEnd(view, file);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== entrySignature) fail(file, 'its directory is damaged');
    const nameLength = view.getUint16(at + 28, true);
    const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) fail(file, 'its directory is damaged');
    const entry = {
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    checkEntry(entry, view.getUint16(at + 8, true), end, file);
    entries.push(entry);
    at = next;
  }
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > limit) fail(file, `it would unpack to ${total} bytes, and at most ${limit} are taken`);
  const sorted = [...entries].sort((a, b) => a.offset - b.offset);
  sorted.forEach((entry, i) => {
    if (i > 0 && sorted[i - 1].offset + 30 + sorted[i - 1].packedSize > entry.offset)
      fail(file, `its entries ${sorted[i - 1].name} and ${entry.name} overlap`);
  });
  return entries;
}

function findEnd(view: DataView, file: string): number {
  // a comment of at most 65,535 bytes may follow
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 65535); at--)
    if (view.getUint32(at, true) === endSignature) return at;
  return fail(file, 'it is no zip archive, or its end is missing');
}

function checkEntry(entry: ZipEntry, flags: number, end: number, file: string): void {
  const { name, method, packedSize, size, offset } = entry;
  if (flags & 1) fail(file, `${name} is encrypted`);
  if (method !== 0 && method !== 8) fail(file, `${name} is packed by method ${method}, not by deflate`);
  if (size === 0xffffffff || packedSize === 0xffffffff || offset === 0xffffffff)
    fail(file, `${name} is larger than 4 GB`);
  if (offset + 30 + packedSize > end) fail(file, `${name} lies outside the archive`);
  if (method === 0 ? size !== packedSize : size > packedSize * tightest)
    fail(file, `${name} claims a size that its ${packedSize} bytes cannot have`);
}

/** An entry's contents, a view where it is stored plain. @throws UserError if they are not what the directory claims */
export function unpack(bytes: Uint8Array, entry: ZipEntry, file: string): Uint8Array {
  const view = viewOf(bytes);
  const { offset, packedSize, name } = entry;
  if (view.getUint32(offset, true) !== localSignature) fail(file, `${name} is not where it should be`);
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packedSize > bytes.length) fail(file, `${name} lies outside the archive`);
  const packed = bytes.subarray(start, start + packedSize);
  const contents = entry.method === 0 ? packed : inflate(packed, entry, file);
  if (crc32(contents) !== entry.crc) fail(file, `${name} is damaged: its checksum is wrong`);
  return contents;
}

function inflate(packed: Uint8Array, { name, size }: ZipEntry, file: string): Uint8Array {
  const out = new Uint8Array(size);
  let filled = 0;
  const stream = new Inflate((chunk) => {
    if (filled + chunk.length > size) fail(file, `${name} unpacks to more than it claims`);
    out.set(chunk, filled);
    filled += chunk.length;
  });
  // small steps: a lie is found after unpacking at most a thousand times this
  const step = 16384;
  try {
    for (let at = 0; at === 0 || at < packed.length; at += step)
      stream.push(packed.subarray(at, at + step), at + step >= packed.length);
  } catch (error) {
    if (error instanceof UserError) throw error;
    fail(file, `${name} is damaged`);
  }
  if (filled !== size) fail(file, `${name} unpacks to less than it claims`);
  return out;
}

let crcTable: Uint32Array | undefined;

/** The CRC-32 of zip (polynomial 0xEDB88320). */
export function crc32(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
