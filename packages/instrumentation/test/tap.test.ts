import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import { after, tap } from "../src/adapter.ts";
import type { Around } from "../src/adapter.ts";
import { applied, surrounded } from "../src/tap.ts";

class Queue {
  readonly name = "mail";
  add(job: string, _options?: object): string {
    return `${this.name}: ${job}`;
  }
}

class Priority extends Queue {}

const descriptor = (holder: object): unknown => Object.getOwnPropertyDescriptor(holder, "add");

/** Watches `add`, and says a word at each call. */
const saying = (holder: unknown, said: string[], word: string) =>
  applied(
    tap(holder, "add", () => void said.push(word)),
    "test",
  );

/** Watches `add` with something around it. */
const around = (holder: unknown, given: Around) =>
  applied(
    tap(holder, "add", () => given),
    "test",
  );

test("a wrapper passes on `this`, arguments and result, and has the original's name and length", () => {
  const said: string[] = [];
  const undo = saying(Queue.prototype, said, "seen");
  const { length, name } = Reflect.get(Queue.prototype, "add");
  expect(new Queue().add("hello")).toBe("mail: hello");
  expect({ said, length, name }).toEqual({ said: ["seen"], length: 2, name: "add" });
  undo();
});

test("an undo puts the very same function back, with its property as it was", () => {
  const before = descriptor(Queue.prototype);
  const undo = saying(Queue.prototype, [], "seen");
  expect(descriptor(Queue.prototype)).not.toEqual(before);
  undo();
  expect(descriptor(Queue.prototype)).toEqual(before);
  undo();
  expect(descriptor(Queue.prototype)).toEqual(before);
});

test("an undo of an inherited function leaves nothing behind", () => {
  const said: string[] = [];
  const undo = saying(Priority.prototype, said, "seen");
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
  const undo = saying(holder, said, "ours");
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
  const again = saying(holder, said, "again");
  holder.add("hello");
  expect(said).toEqual(["theirs", "again", "theirs"]);
  again();
  expect(holder.add).toBe(theirs);
});

test("what is wrapped already stays as it is, and the second undo does nothing", () => {
  const said: string[] = [];
  const holder = { add: (job: string) => job };
  const { add } = holder;
  const first = saying(holder, said, "first");
  const second = saying(holder, said, "second");
  second();
  holder.add("hello");
  expect(said).toEqual(["first"]);
  first();
  expect(holder.add).toBe(add);
});

test("what is no function, or not there, changes nothing", () => {
  const holder = { size: 3 };
  for (const undo of [
    applied(
      tap(holder, "size", () => undefined),
      "test",
    ),
    applied(
      tap(holder, "missing", () => undefined),
      "test",
    ),
    saying(undefined, [], "nothing"),
    saying(null, [], "nothing"),
  ])
    undo();
  expect(holder).toEqual({ size: 3 });
});

test("a function that returns nothing is called once, whatever surrounds it", () => {
  const storage = new AsyncLocalStorage<string>();
  const ways: Around[] = [
    {},
    { within: (go) => storage.run("inside", go) },
    // One that ignores what the call gave, one that calls twice, one that does not call, one that throws before and after.
    { within: (go) => void go() },
    { within: (go) => [go(), go()] },
    { within: () => "instead" },
    {
      within() {
        throw new Error("ours, before");
      },
    },
    {
      within(go) {
        go();
        throw new Error("ours, after");
      },
    },
  ];
  for (const way of ways) {
    let calls = 0;
    const holder = { add: () => void calls++ };
    const undo = around(holder, { awaited: true, ...way });
    expect([holder.add(), calls]).toEqual([undefined, 1]);
    undo();
  }
});

test("a result or an error is looked at and handed on: now, or when its promise settles", async () => {
  const seen: unknown[] = [];
  const given: Around = {
    returned: (value) => seen.push(["returned", value]),
    threw: (error) => seen.push(["threw", error]),
  };
  const error = new RangeError("never works");
  const holder = { add: (work: () => unknown) => work() };
  around(holder, given);
  expect(holder.add(() => 1)).toBe(1);
  await expect(holder.add(() => Promise.resolve(2))).resolves.toBe(2);
  expect(() =>
    holder.add(() => {
      throw error;
    }),
  ).toThrow(error);
  await expect(holder.add(() => Promise.reject(error))).rejects.toBe(error);
  expect(seen).toEqual([
    ["returned", 1],
    ["returned", 2],
    ["threw", error],
    ["threw", error],
  ]);
});

test("who looks and throws changes nothing", async () => {
  const throwing = (): never => {
    throw new Error("ours");
  };
  const error = new RangeError("theirs");
  const holder = { add: (work: () => unknown) => work() };
  around(holder, { returned: throwing, threw: throwing, gives: throwing });
  expect(holder.add(() => 1)).toBe(1);
  await expect(holder.add(() => Promise.reject(error))).rejects.toBe(error);
  const watched = { add: () => "done" };
  applied(tap(watched, "add", throwing), "test");
  expect(watched.add()).toBe("done");
});

test("the caller can be given something else, and can be held until it is seen", async () => {
  const order: string[] = [];
  const holder = { add: async () => "ids" };
  around(holder, {
    gives: () => null,
    holds: true,
    async returned() {
      await Promise.resolve();
      order.push("seen");
    },
  });
  const result = await holder.add();
  order.push("given");
  expect([result, order]).toEqual([null, ["seen", "given"]]);
});

test("a lazy thenable is asked once, inside, where the caller awaits it; else it is handed on as it is", async () => {
  const storage = new AsyncLocalStorage<string>();
  const asked: unknown[] = [];
  const lazy = {
    // oxlint-disable-next-line unicorn/no-thenable
    then(done: (value: string) => void) {
      asked.push(storage.getStore());
      done("rows");
    },
  };
  const holder = { add: () => lazy as unknown };
  const undo = around(holder, { awaited: true, within: (go) => storage.run("inside", go), returned: () => undefined });
  expect([await holder.add(), asked]).toEqual(["rows", ["inside"]]);
  undo();
  around(holder, { returned: () => undefined });
  expect(holder.add()).toBe(lazy);
});

test("a tap gets the function's object, its result and its arguments", () => {
  const seen: unknown[] = [];
  const undo = applied(
    after<Queue, [string]>(Queue.prototype, "add", (queue, value, [job]) => seen.push([queue.name, value, job])),
    "test",
  );
  new Queue().add("hello");
  expect(seen).toEqual([["mail", "mail: hello", "hello"]]);
  undo();
});

test("a surrounded function keeps its name and length, and is called directly when nothing watches any more", () => {
  const state = { active: true };
  const said: unknown[] = [];
  const handler = function handle(job: unknown, done: unknown): unknown {
    return [job, done];
  };
  const watched = surrounded(handler, "test", () => void said.push("seen"), state);
  expect([watched.name, watched.length]).toEqual(["handle", 2]);
  expect(watched(1, 2)).toEqual([1, 2]);
  state.active = false;
  expect(watched(3, 4)).toEqual([3, 4]);
  expect(said).toEqual(["seen"]);
});
