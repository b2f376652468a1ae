import { conformance } from "@jobtrail/testing/vitest";
import { v2 } from "./harness.ts";

conformance(v2);
