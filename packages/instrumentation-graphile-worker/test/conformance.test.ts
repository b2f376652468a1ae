import { conformance } from "@jobtrail/testing/vitest";
import { v18 } from "./harness.ts";

conformance(v18);
