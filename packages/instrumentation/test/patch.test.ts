import { expect, test } from "vitest";
import { all, outcome, wrap } from "../src/index.ts";
import type { Call } from "../src/index.ts";

/** A wrapper that says when it is called. */
const saying =
  (said: string[], word: string) =>
  (original: Call): Call =>
    function (...args) {
      said.push(word);
      return original.apply(this, args as unknown[]);
    };

class Queue {
  readonly name = "mail";
  add(job: string, _options?: object): string {
    return `${this.name}: ${job}`;
  }
}

class Priority extends Queue {}

const descriptor = (holder: object): unknown => Object.getOwnPropertyDescriptor(holder, "add");

test("a wrapper passes on `this`, arguments and result, and has the original's name and length", () => {
  const said: string[] = [];
  const undo = wrap(Queue.prototype, "add", saying(said, "seen"));
  const { length, name } = Reflect.get(Queue.prototype, "add") as Call;
  expect(new Queue().add("hello")).toBe("mail: hello");
  expect({ said, length, name }).toEqual({ said: ["seen"], length: 2, name: "add" });
  undo();
});

test("an undo puts the very same function back, with its property as it was", () => {
  const before = descriptor(Queue.prototype);
  const undo = wrap(Queue.prototype, "add", saying([], "seen"));
  expect(descriptor(Queue.prototype)).not.toEqual(before);
  undo();
  expect(descriptor(Queue.prototype)).toEqual(before);
  undo();
  expect(descriptor(Queue.prototype)).toEqual(before);
});

test("an undo of an inherited function leaves nothing behind", () => {
  const said: string[] = [];
  const undo = wrap(Priority.prototype, "add", saying(said, "seen"));
  new Queue().add("hello");
  expect(said).toEqual([]);
  new Priority().add("hello");
  expect(said).toEqual(["seen"]);
  undo();
  expect(Object.hasOwn(Priority.prototype, "add")).toBe(false);
  expect(Reflect.get(Priority.prototype, "add")).toBe(Reflect.get(Queue.prototype, "add"));
});

test("where others have wrapped on top, an undo steps aside and leaves theirs", () => {
  const said: string[] = [];
  const holder = { add: (job: string) => job };
  const undo = wrap(holder, "add", saying(said, "ours"));
  const ours = holder.add;
  const theirs = (job: string): string => {
    said.push("theirs");
    return ours(job);
  };
  holder.add = theirs;
  undo();
  expect(holder.add).toBe(theirs);
  expect(holder.add("hello")).toBe("hello");
  expect(said).toEqual(["theirs"]);
  // Watching again goes on top of theirs, and is undone by itself.
  const again = wrap(holder, "add", saying(said, "again"));
  holder.add("hello");
  expect(said).toEqual(["theirs", "again", "theirs"]);
  again();
  expect(holder.add).toBe(theirs);
});

test("what is wrapped already stays as it is, and the second undo does nothing", () => {
  const said: string[] = [];
  const holder = { add: (job: string) => job };
  const { add } = holder;
  const first = wrap(holder, "add", saying(said, "first"));
  const second = wrap(holder, "add", saying(said, "second"));
  second();
  holder.add("hello");
  expect(said).toEqual(["first"]);
  first();
  expect(holder.add).toBe(add);
});

test("a function can be wrapped again after an undo", () => {
  const said: string[] = [];
  const holder = { add: (job: string) => job };
  wrap(holder, "add", saying(said, "first"))();
  const undo = wrap(holder, "add", saying(said, "second"));
  holder.add("hello");
  expect(said).toEqual(["second"]);
  undo();
});

test("a wrapper that cannot be made, and what is no function, change nothing", () => {
  const holder = { add: (job: string) => job, size: 3 };
  const before = { ...holder };
  const throwing = (): never => {
    throw new Error("no wrapper");
  };
  for (const undo of [
    wrap(holder, "add", throwing),
    wrap(holder, "size", throwing),
    wrap(holder, "missing", throwing),
    wrap(undefined, "add", throwing),
    wrap(null, "add", throwing),
  ])
    undo();
  expect(holder).toEqual(before);
});

test("one undo for several runs each of them, whatever another throws", () => {
  const undone: string[] = [];
  all([
    () => undone.push("first"),
    () => {
      throw new Error("cannot be undone");
    },
    () => undone.push("third"),
  ])();
  expect(undone).toEqual(["first", "third"]);
});

test("an outcome is looked at and handed on: a value at once, a promise when it settles", async () => {
  const seen: unknown[] = [];
  const done = (value: unknown): void => void seen.push(["done", value]);
  const failed = (thrown: unknown): void => void seen.push(["failed", thrown]);
  const error = new RangeError("never works");
  expect(outcome("test", 1, done, failed)).toBe(1);
  await expect(outcome("test", Promise.resolve(2), done, failed)).resolves.toBe(2);
  await expect(outcome("test", Promise.reject(error), done, failed)).rejects.toBe(error);
  expect(seen).toEqual([
    ["done", 1],
    ["done", 2],
    ["failed", error],
  ]);
});

test("who looks at an outcome and throws does not change it", async () => {
  const throwing = (): never => {
    throw new Error("ours");
  };
  const error = new RangeError("theirs");
  expect(outcome("test", 1, throwing, throwing)).toBe(1);
  await expect(outcome("test", Promise.resolve(2), throwing, throwing)).resolves.toBe(2);
  await expect(outcome("test", Promise.reject(error), throwing, throwing)).rejects.toBe(error);
});
