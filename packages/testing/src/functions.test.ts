import { expect, test } from "vitest";
import { functions } from "./functions.ts";

/** What a library exports. */
const library = () => {
  class Queue {
    static create = (): undefined => undefined;
    add(): void {}
    get size(): number {
      return 0;
    }
  }
  return { Queue, default: { Queue, connect: () => undefined }, version: 1 };
};

test("lists the paths of changed functions until they are restored", () => {
  const exports = library();
  const { create } = exports.Queue;
  const { connect } = exports.default;
  const kept = functions();
  kept.keep(exports);
  expect(kept.changed()).toEqual([]);

  const other = (): undefined => undefined;
  exports.Queue.create = other;
  exports.default.connect = other;
  const mark = { [Symbol.for("jobtrail.wrapped")]: true };
  Object.assign(exports.Queue.prototype, { inherited: Object.assign(() => undefined, mark) });
  // What a library adds to its own exports later is no change of ours.
  Object.assign(exports, { addedLater: other });
  Object.defineProperty(exports.Queue.prototype, "size", { get: other, configurable: true });
  exports.version = 2;
  expect(kept.changed().sort()).toEqual([
    "Queue.create",
    "Queue.prototype.inherited",
    "Queue.prototype.size",
    "default.connect",
  ]);

  exports.Queue.create = create;
  exports.default.connect = connect;
  delete (exports.Queue.prototype as { inherited?: unknown }).inherited;
  expect(kept.changed()).toEqual(["Queue.prototype.size"]);
});

test("what was kept first counts, however often it is seen again", () => {
  const exports = library();
  const kept = functions();
  kept.keep(exports);
  exports.Queue.prototype.add = () => undefined;
  kept.keep({ again: exports.Queue });
  expect(kept.changed()).toEqual(["Queue.prototype.add"]);
});

test("what is exported by a getter is kept too", () => {
  const { Queue } = library();
  const kept = functions();
  kept.keep(Object.defineProperty({}, "Queue", { get: () => Queue, enumerable: true }));
  Queue.prototype.add = () => undefined;
  expect(kept.changed()).toEqual(["Queue.prototype.add"]);
});

test("what was changed can be replaced in turn", () => {
  const exports = library();
  const kept = functions();
  kept.keep(exports);
  Object.assign(exports.Queue, { create: () => "changed" });
  kept.replaceChanged((fn) => () => ["replaced", fn()]);
  expect(exports.Queue.create()).toEqual(["replaced", "changed"]);
  expect(exports.default.connect()).toBeUndefined();
});
