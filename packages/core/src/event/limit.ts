import type { JobError } from "./event.ts";
import { counterPrefix } from "./key.ts";
import { cut } from "./redact.ts";
import { wellFormed } from "./value.ts";
import type { Value } from "./value.ts";

/** How many attributes a record may have, the error's included. */
export const attributeLimit = 64;

/** How large a record's keys, values and body may be together, in bytes of UTF-8; a number counts as eight. */
export const sizeLimit: number = 32 * 1024;

/** The attribute that holds what is left of a foreign record; it has a limit of its own and does not count for the size. */
export const restKey = "job.record.rest";

/** How long it may be, in characters. */
export const restLimit: number = 2 * 1024 * 1024;

/** The attribute that holds what a record tells as a record of a documented schema. */
export const contentKey = "job.record.content";

/** How large it may be, in bytes of UTF-8; it counts for the size, so that what is longer is left out. */
export const contentLimit: number = 16 * 1024;

/** What a record is made of, before it is one. */
export interface Parts {
  readonly attributes: Record<string, Value>;
  readonly own: Record<string, Value>;
  /** What was cut when this was done before. */
  readonly cutBefore: string[];
  error: JobError | undefined;
  original: string | undefined;
}

/** Attributes that say what a record is about; these are never left out. */
const identity: ReadonlySet<string> = new Set([
  "job.system.name",
  "job.namespace",
  "job.queue.name",
  "job.name",
  "job.id",
  "job.uid",
  "job.run.uid",
  "job.run.number",
  "job.run.result",
  "job.run.final",
  "job.state",
  "job.record.source",
  "job.record.schema",
  "job.record.form",
  restKey,
  "job.event.sequence",
  "log.record.uid",
]);

const shortest = 96;
const mostNames = 16;
const nameLimit = 80;

// A character is at most three bytes of UTF-8.
const bodyRoom = 2048;
const cutRoom = mostNames * nameLimit * 3 + 64;

/** Makes all small enough: first what is long is cut, then what says least about the job is left out. */
export function fitInto(parts: Parts, cuts: Set<string>): void {
  const isMarked = cuts.size > 0 || parts.cutBefore.length > 0;
  if (mostBytes(parts) > sizeLimit - bodyRoom - cutRoom) shrink(parts, isMarked, cuts);
  leaveOut(parts, cuts);
}

/** The names of what was cut, at most so many. */
export function namesOf(before: readonly string[], cuts: ReadonlySet<string>): readonly string[] {
  if (cuts.size === 0 && before.length === 0) return [];
  const all = [...new Set([...before, ...cuts].map((key) => wellFormed(cut(key, nameLimit))))];
  return all.length <= mostNames ? all : [...all.slice(0, mostNames - 1), `… and ${all.length - mostNames + 1} more`];
}

/** Three bytes for each character: cheap to know, and enough to tell that most records are small. */
function mostBytes({ attributes, own, error, original }: Parts): number {
  let characters = original?.length ?? 0;
  if (error !== undefined)
    characters += 64 + error.type.length + (error.message?.length ?? 0) + (error.stack?.length ?? 0);
  for (const key in attributes) if (key !== restKey) characters += key.length + lengthOf(attributes[key]);
  for (const key in own) characters += key.length + lengthOf(own[key]);
  return characters * 3;
}

const lengthOf = (value: Value | undefined): number =>
  typeof value === "string" ? value.length : typeof value === "object" ? value.join("").length : 8;

/** One thing that takes room: `cut` makes it shorter, `drop` leaves it out. */
interface Piece {
  readonly key: string;
  readonly text: string | undefined;
  readonly bytes: number;
  readonly cut?: (to: string) => void;
  readonly drop?: () => void;
}

function shrink(parts: Parts, isMarked: boolean, cuts: Set<string>): void {
  const pieces = piecesOf(parts);
  const size = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  if (size <= sizeLimit - bodyRoom - (isMarked ? cutRoom : 0)) return;
  let over = size - (sizeLimit - bodyRoom - cutRoom);
  const texts = pieces
    .filter((piece) => piece.cut !== undefined && (piece.text?.length ?? 0) > shortest)
    .sort((a, b) => (b.text?.length ?? 0) - (a.text?.length ?? 0));
  for (const { key, text = "", cut: set } of texts) {
    if (over <= 0) return;
    const shorter = cut(text, Math.max(shortest, text.length - over));
    over -= bytesOf(text) - bytesOf(shorter);
    set?.(shorter);
    cuts.add(key);
  }
  if (over > 0) drop(piecesOf(parts).reverse(), over, cuts);
}

function drop(pieces: readonly Piece[], over: number, cuts: Set<string>): void {
  let rest = over;
  for (const { key, bytes, drop: leave } of pieces) {
    if (rest <= 0) return;
    if (leave === undefined) continue;
    leave();
    rest -= bytes;
    cuts.add(key);
  }
}

/** All that takes room, the most telling first. Counters are the last: a job may have any number of them. */
function piecesOf(parts: Parts): Piece[] {
  const { error, original, attributes, own } = parts;
  const among = (from: Record<string, Value>, isCounter: boolean): Piece[] =>
    Object.entries(from)
      .filter(([key]) => key !== restKey && key.startsWith(counterPrefix) === isCounter)
      .map(([key, value]) => piece(from, key, value));
  const { message, stack } = error ?? {};
  const field = (key: string, text: string | undefined, set: (to: string) => void): Piece[] =>
    text === undefined ? [] : [{ key, text, bytes: bytesOf(key) + bytesOf(text), cut: set }];
  return [
    ...field("error.type", error?.type, () => undefined).map(({ cut: _, ...rest }) => rest),
    ...field("exception.message", message, (to) => (parts.error = { ...parts.error, message: to } as JobError)),
    ...field("exception.stacktrace", stack, (to) => (parts.error = { ...parts.error, stack: to } as JobError)),
    ...field("log.record.original", original, (to) => (parts.original = to)),
    ...among(attributes, false),
    ...among(own, false),
    ...among(attributes, true),
  ];
}

function piece(from: Record<string, Value>, key: string, value: Value): Piece {
  const text = typeof value === "string" ? value : undefined;
  const size =
    text !== undefined
      ? bytesOf(text)
      : typeof value === "object"
        ? value.reduce((sum, each) => sum + bytesOf(each), 0)
        : 8;
  const bytes = bytesOf(key) + size;
  if (identity.has(key)) return { key, text, bytes };
  return {
    key,
    text,
    bytes,
    ...(text !== undefined && key !== contentKey && { cut: (to: string) => (from[key] = to) }),
    drop: () => delete from[key],
  };
}

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** Leaves out what is too many: counters first, of which a job may have any number, then the system's own names. */
function leaveOut(parts: Parts, cuts: Set<string>): void {
  const { attributes, own, error, original, cutBefore } = parts;
  const fixed = (original === undefined ? 0 : 1) + (error === undefined ? 0 : countOf(error));
  const count = countOf(attributes) + countOf(own) + fixed;
  const isMarked = cuts.size > 0 || cutBefore.length > 0 || count > attributeLimit;
  let over = count + (isMarked ? 1 : 0) - attributeLimit;
  if (over <= 0) return;
  const named = Object.keys(attributes).reverse();
  const isCounter = (key: string): boolean => key.startsWith(counterPrefix);
  const order = [
    [attributes, named.filter(isCounter)],
    [own, Object.keys(own).reverse()],
    [attributes, named.filter((key) => !isCounter(key) && !identity.has(key))],
  ] as const;
  for (const [from, names] of order)
    for (const key of names) {
      if (over <= 0) return;
      delete from[key];
      cuts.add(key);
      over--;
    }
}

function countOf(object: object): number {
  let count = 0;
  for (const _ in object) count++;
  return count;
}
