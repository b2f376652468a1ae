import { conformance } from "@jobtrail/testing/vitest";
import { v4 } from "./harness.ts";

conformance(v4);
