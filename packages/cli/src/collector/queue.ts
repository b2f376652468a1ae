import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * The content of a queue's file. The Collector's storage (bbolt) keeps it as pages of a B+ tree, and reads the whole tree
 * when it opens the file: a damaged page ends the Collector at each start.
 */
export interface QueueFile {
  /** The bytes of the pages in use: the size of the file that compaction writes. */
  readonly liveBytes: number;
  /** The damage, if the Collector could not open the file. */
  readonly damage?: string;
}

/** Reads the tree of a queue's file, without its values. An empty file is one that was never written to. */
export function inspectQueue(path: string): QueueFile {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    return size === 0 ? { liveBytes: 0 } : { liveBytes: new Tree(file, size).walk() };
  } catch (error) {
    if (error instanceof Damage) return { liveBytes: 0, damage: error.message };
    throw error;
  } finally {
    closeSync(file);
  }
}

class Damage extends Error {}

const magic = 0xed_0c_da_ed;
const headerBytes = 16;
const metaBytes = 64;
const elementBytes = 16;
const branch = 0x01;
const leaf = 0x02;
const bucketFlag = 0x01;
const bucketBytes = 16;

/** Where a tree begins; the file has two, written in turn, and the newer whole one counts. */
interface Meta {
  readonly pageSize: number;
  readonly root: bigint;
  /** The first page that is not in use. */
  readonly end: bigint;
  readonly transaction: bigint;
}

class Tree {
  readonly #file: number;
  readonly #size: number;
  readonly #meta: Meta;
  readonly #seen = new Set<bigint>();

  constructor(file: number, size: number) {
    this.#file = file;
    this.#size = size;
    this.#meta = this.#newestMeta();
  }

  /** The bytes of all pages that the tree reaches. @throws Damage for the first that is wrong. */
  walk(): number {
    const { root, end, pageSize } = this.#meta;
    if (Number(end) * pageSize > this.#size)
      throw new Damage(`it ends after ${this.#size} of ${Number(end) * pageSize} bytes`);
    return (this.#page(root) + 2) * pageSize;
  }

  #newestMeta(): Meta {
    const first = this.#metaAt(0);
    const sizes = first === undefined ? Array.from({ length: 15 }, (_, i) => 1024 << i) : [first.pageSize];
    const second = sizes.map((offset) => this.#metaAt(offset)).find((each) => each !== undefined);
    const newest = [first, second]
      .filter((each) => each !== undefined)
      .toSorted((a, b) => Number(b.transaction - a.transaction))[0];
    if (newest === undefined) throw new Damage("neither of its two first pages is whole");
    return newest;
  }

  #metaAt(offset: number): Meta | undefined {
    if (offset + headerBytes + metaBytes > this.#size) return undefined;
    const bytes = this.#read(offset + headerBytes, metaBytes);
    if (bytes.readUInt32LE(0) !== magic || bytes.readUInt32LE(4) !== 2) return undefined;
    if (bytes.readBigUInt64LE(56) !== fnv1a(bytes.subarray(0, 56))) return undefined;
    return {
      pageSize: bytes.readUInt32LE(8),
      root: bytes.readBigUInt64LE(16),
      end: bytes.readBigUInt64LE(40),
      transaction: bytes.readBigUInt64LE(48),
    };
  }

  /** The number of pages from one on down; the keys of a page lie between those that its parent names. */
  #page(id: bigint, lowest?: Buffer, limit?: Buffer): number {
    const { pageSize, end } = this.#meta;
    if (id < 2n || id >= end) throw new Damage(`it names a page ${id}, and ends before page ${end}`);
    if (this.#seen.has(id)) throw new Damage(`page ${id} is in use twice`);
    this.#seen.add(id);
    const offset = Number(id) * pageSize;
    const header = this.#read(offset, headerBytes);
    const [kind, count, pages] = [header.readUInt16LE(8), header.readUInt16LE(10), header.readUInt32LE(12) + 1];
    if (header.readBigUInt64LE(0) !== id || (kind !== branch && kind !== leaf))
      throw new Damage(`page ${id} is not a page of its tree`);
    const page = { id, offset, bytes: pages * pageSize, isBranch: kind === branch };
    if (id + BigInt(pages) > end) throw new Damage(`page ${id} is larger than the file`);
    const elements = this.#elements(page, count);
    const keys = [
      ...(lowest === undefined ? [] : [lowest]),
      ...elements.map(({ key }) => key),
      ...(limit ? [limit] : []),
    ];
    // The first key may be the lowest itself.
    const isOrdered = keys.every(
      (key, i) => i === 0 || Buffer.compare(keys[i - 1] ?? key, key) < (i === 1 && lowest ? 1 : 0),
    );
    if (!isOrdered) throw new Damage(`the keys of page ${id} are not in order`);
    return elements.reduce(
      (sum, { key, below }, i) =>
        sum +
        (below === undefined
          ? 0
          : page.isBranch
            ? this.#page(below, key, elements[i + 1]?.key ?? limit)
            : this.#page(below)),
      pages,
    );
  }

  #elements(page: Page, count: number): Element[] {
    if (headerBytes + count * elementBytes > page.bytes)
      throw new Damage(`page ${page.id} has more in it than it is large`);
    const list = this.#read(page.offset + headerBytes, count * elementBytes);
    return Array.from({ length: count }, (_, i) => this.#element(list.subarray(i * elementBytes), i, page));
  }

  #element(list: Buffer, index: number, page: Page): Element {
    const [first, second, third] = [list.readUInt32LE(0), list.readUInt32LE(4), list.readUInt32LE(8)];
    const [position, keyBytes, valueBytes] = page.isBranch
      ? [first, second, 0]
      : [second, third, list.readUInt32LE(12)];
    const start = headerBytes + index * elementBytes + position;
    if (start + keyBytes + valueBytes > page.bytes) throw new Damage(`page ${page.id} has more in it than it is large`);
    const key = this.#read(page.offset + start, keyBytes);
    if (page.isBranch) return { key, below: list.readBigUInt64LE(8) };
    if (first !== bucketFlag) return { key };
    const root = this.#read(page.offset + start + keyBytes, bucketBytes).readBigUInt64LE(0);
    // A small bucket stands in the page itself.
    return root === 0n ? { key } : { key, below: root };
  }

  /** Bytes of the file. @throws Damage where it ends before. */
  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (readSync(this.#file, bytes, 0, length, offset) < length) throw new Damage(`it ends after ${this.#size} bytes`);
    return bytes;
  }
}

interface Page {
  readonly id: bigint;
  readonly offset: number;
  readonly bytes: number;
  readonly isBranch: boolean;
}

/** A key, and the page below it where it has one. */
interface Element {
  readonly key: Buffer;
  readonly below?: bigint;
}

/** The hash that a first page has of itself: FNV-1a of 64 bits. */
const fnv1a = (bytes: Uint8Array): bigint =>
  bytes.reduce((hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x1_00_00_00_01_b3n), 0xcbf29ce484222325n);
