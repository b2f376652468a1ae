/** A job log in a process of its own: says its address, and its peak memory in bytes whenever it is asked. */
import { startJobLog } from "../../src/index.ts";

const log = await startJobLog({ data: process.argv[2] ?? "", port: 0 });
process.on("message", () => process.send?.(process.resourceUsage().maxRSS * 1024));
process.on("disconnect", () => void log.close());
process.send?.(log.url);
