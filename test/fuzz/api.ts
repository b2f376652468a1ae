import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startJobLog } from "@jobtrail/joblog";
import { jobs, post } from "../../packages/joblog/test/sender.ts";
import { root } from "../../tools/workspace.ts";

/** What schemathesis found. */
export interface Found {
  /** What it says of the failures, long addresses cut, and its summary. */
  readonly summary: string;
  readonly isGood: boolean;
}

const program = process.env["JOBTRAIL_SCHEMATHESIS"] ?? join(root, ".cache/schemathesis/bin/schemathesis");

/** Some parameters exclude each other, which no document can say: so not every request that it allows is accepted. */
const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
];

/**
 * Has schemathesis ask a job log with its data on disk, by its OpenAPI document, for some time. The stream of changes
 * is left out: it has no end.
 * @throws Error where schemathesis is not installed.
 */
export async function fuzzFromDocument(seconds: number, seed: number): Promise<Found> {
  if (!existsSync(program)) throw new Error(`${program} is not there; pnpm fuzz --help says how it is installed.`);
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-fuzz-"));
  const log = await startJobLog({ port: 0, data: folder });
  try {
    await post(`${log.url}/v1/logs`, jobs(Array.from({ length: 2000 }, (_, i) => `${i}`)));
    const limits = ["--max-time", `${seconds}`, "--max-response-time", "2", "--seed", `${seed}`];
    const what = [
      "--checks",
      checks.join(","),
      "--exclude-path",
      "/api/v1/stream",
      "--phases",
      "coverage,fuzzing",
      "--no-color",
    ];
    const config = ["--config-file", join(root, "test/fuzz/schemathesis.toml")];
    const child = spawn(program, [...config, "run", `${log.url}/openapi.json`, ...limits, ...what], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
    return { summary: shortened(said), isGood: code === 0 };
  } finally {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const shortened = (said: string): string =>
  said
    .split("\n")
    .map((line) => (line.length > 200 ? `${line.slice(0, 199)}…` : line))
    .join("\n");
