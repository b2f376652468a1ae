import { redis } from "@jobtrail/testing";
import { conformance } from "@jobtrail/testing/vitest";
import { harness } from "../harness.ts";

/** The same programs, with Agenda's Redis back end. */
conformance({ ...harness, service: redis }, { title: "Agenda 6 on Redis", faults: false });
