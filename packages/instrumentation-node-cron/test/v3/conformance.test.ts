import { conformance } from "@jobtrail/testing/vitest";
import { v3 } from "../harness.ts";

conformance(v3);
