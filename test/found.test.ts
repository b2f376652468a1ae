import { expect } from "vitest";
import { otelcol, collectorTest as test } from "./collector/collector.ts";

test("there is a Collector for the tests that start one", () => {
  expect(otelcol()).toBeDefined();
});
