/** The short form of `pnpm proof:versions`: the oldest version of each library; the newest are what the workspace installs. */
import { conformance } from "@jobtrail/testing/vitest";
import { beforeAll, describe } from "vitest";
import { libraries } from "./libraries.ts";
import { install, triedOf } from "./library.ts";

describe.each(libraries.filter(({ short }) => short.length > 0))("$name", (library) => {
  beforeAll(() => install(library), 300_000);
  for (const version of library.short) {
    const { harness } = triedOf(library, version);
    conformance(harness, { title: `${library.name} ${version}`, faults: false });
  }
});
