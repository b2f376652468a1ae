import { version } from "@jobtrail/conventions";
import { hostname } from "node:os";
import { processInstance } from "@jobtrail/core/event";
import type { InstrumentationScope } from "@jobtrail/core/recorder";
import { resourceIn } from "./service.ts";
import type { Service } from "./service.ts";

/** Who says what is said about the sending itself. */
export const scope: InstrumentationScope = { name: "@jobtrail/register", version };

/** What telemetry says of the process that it comes from. What the variables say wins. */
export const resourceAttributes = (
  { name, version }: Service,
  env: NodeJS.ProcessEnv,
): Record<string, string | number> => ({
  "service.name": `unknown_service:${process.argv0}`,
  "telemetry.sdk.language": "nodejs",
  "telemetry.sdk.name": "jobtrail",
  "telemetry.sdk.version": scope.version,
  "service.instance.id": processInstance,
  "process.pid": process.pid,
  "host.name": hostname(),
  "telemetry.distro.name": "jobtrail",
  "telemetry.distro.version": scope.version,
  ...Object.fromEntries(resourceIn(env["OTEL_RESOURCE_ATTRIBUTES"])),
  ...(name !== undefined && { "service.name": name }),
  ...(version !== undefined && { "service.version": version }),
});
