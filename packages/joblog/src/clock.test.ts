import { expect, test } from "vitest";
import { steadyTime } from "./clock.ts";

/** Looks at both clocks, in minutes, one after the other; says which times of day were believed. */
function believed(...looks: readonly (readonly [wall: number, elapsed: number])[]): (number | undefined)[] {
  let look: readonly [number, number] = [0, 0];
  const time = steadyTime({ wall: () => look[0] * 60_000, elapsed: () => look[1] * 60_000 });
  return looks.map((each) => {
    look = each;
    const found = time();
    return found === undefined ? undefined : found / 60_000;
  });
}

test("a time of day is believed once it has gone on as time has passed", () => {
  expect(believed([1000, 0], [1001, 1], [1002, 2], [1003, 3])).toEqual([undefined, undefined, 1002, 1003]);
});

test("a clock that is thirty days ahead for one look is not believed, nor as soon as it comes back", () => {
  const month = 30 * 24 * 60;
  expect(believed([1000, 0], [1001, 1], [1002, 2], [1003 + month, 3], [1004, 4], [1005, 5], [1006, 6])).toEqual([
    undefined,
    undefined,
    1002,
    undefined,
    undefined,
    undefined,
    1006,
  ]);
});

test("a clock that was set right is believed after some looks", () => {
  expect(believed([0, 0], [5001, 1], [5002, 2], [5003, 3])).toEqual([undefined, undefined, undefined, 5003]);
});
