import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { conformance } from "@jobtrail/testing/vitest";
import { beforeAll, describe } from "vitest";
import { harness } from "../../packages/instrumentation-nestjs-schedule/test/harness.ts";
import { root } from "../../tools/workspace.ts";
import { installed } from "../hosts/hosts.ts";

const programs = ["fixture.cjs", "fixture.mjs", "programs.cjs"];

describe.each(["4", "6", "12"])("@nestjs/schedule %s", (major) => {
  beforeAll(() => installed(join(import.meta.dirname, major), `nest/${major}`, import.meta.dirname, programs), 300_000);
  const fixtures = pathToFileURL(join(root, ".cache/nest", major, "/"));
  const faults = major === "12" ? {} : ({ faults: false } as const);
  conformance({ ...harness, fixtures }, { title: `@nestjs/schedule ${major}`, ...faults });
});
