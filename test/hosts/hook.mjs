// As OpenTelemetry's documentation says it for ES modules.
import { register } from "node:module";

register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);
