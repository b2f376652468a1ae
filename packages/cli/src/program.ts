import { readFileSync } from "node:fs";
import { Command } from "commander";
import { alerts } from "./alerts.ts";
import { bridge } from "./bridge.ts";
import { collector } from "./collector.ts";
import { convert } from "./convert.ts";
import { dashboards } from "./dashboards.ts";
import { devo } from "./devo.ts";
import { log } from "./log.ts";
import { observe } from "./observe.ts";
import { schemas } from "./schemas.ts";
import { serve } from "./serve.ts";

/** The `jobtrail` command with all its subcommands. Commander itself names the nearest option or command to a wrong one. */
export const program = (): Command =>
  new Command("jobtrail")
    .description("Observability for background jobs, on OpenTelemetry.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .showHelpAfterError("(see --help)")
    .addCommand(serve(version()))
    .addCommand(log())
    .addCommand(bridge())
    .addCommand(observe())
    .addCommand(devo())
    .addCommand(convert())
    .addCommand(schemas())
    .addCommand(collector())
    .addCommand(dashboards())
    .addCommand(alerts());

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { readonly version: string }).version;
}
