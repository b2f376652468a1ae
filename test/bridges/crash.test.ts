import { expect, test } from "vitest";
import { crash } from "./crash.ts";

test("bridges that are killed while servers fail lose nothing and double nothing", { timeout: 180_000 }, async () => {
  const { differences, failures } = await crash({ kills: 2, jobs: 20, say: () => undefined });
  expect(differences).toEqual([]);
  expect(failures).toBeGreaterThan(0);
});
