import { conformance } from "@jobtrail/testing/vitest";
import { harness } from "./harness.ts";

conformance(harness);
