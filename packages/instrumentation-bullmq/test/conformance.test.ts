import { conformance } from "@jobtrail/testing/vitest";
import { v6 } from "./harness.ts";

conformance(v6);
