/** The tests of BullMQ 6, run with BullMQ 5. */
import { vi } from "vitest";

vi.mock("bullmq", () => import("bullmq-5"));
vi.mock("../version.ts", () => ({ version: "5.81.5" }));

await import("../context.test.ts");
await import("../flow.test.ts");
await import("../host.test.ts");
await import("../lost.test.ts");
await import("../queued.test.ts");
await import("../runs.test.ts");
await import("../scheduler.test.ts");
