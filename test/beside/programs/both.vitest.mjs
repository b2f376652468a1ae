import { test } from "vitest";

test("works jobs", () => import("./both.mjs"));
