import { conformance } from "@jobtrail/testing/vitest";
import { v5 } from "../harness.ts";

conformance(v5);
