import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { describe, expect, test } from "vitest";
import { neighbours } from "./neighbours.ts";
import type { Neighbour } from "./neighbours.ts";
import { shop } from "./shop.ts";
import type { Shopped } from "./shop.ts";

const isWhole = process.env["JOBTRAIL_PROOF"] === "beside";

withService("beside another tool", redis, (service) => {
  describe.each(neighbours.filter(({ isShort }) => isShort === true || isWhole))("$name", (neighbour) => {
    let without: Promise<Shopped> | undefined;

    test.each(["before", "after"] as const)(
      "jobs are seen, and of Jobtrail's own requests nothing, with the flag %s it",
      { timeout: 180_000 },
      async (order) => {
        const plain = await (without ??= shop(neighbour, "without", service()));
        expect(await shop(neighbour, order, service())).toEqual(expected(neighbour, plain));
      },
    );
  });
});

/** What the tool sees without Jobtrail, and what Jobtrail tells beside it. */
function expected({ seen, sdk, spans = usual }: Neighbour, without: Shopped): Shopped {
  const arrives = sdk !== "elsewhere";
  return {
    seen: seen ?? without.seen,
    said: without.said,
    headers: [],
    events: arrives ? ["job.queued", "job.run.started", "job.run.ended"] : [],
    spans: arrives ? spans : [],
  };
}

const usual = ["add mail", "process mail of add mail"];
