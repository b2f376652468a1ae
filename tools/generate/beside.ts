import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rows } from "../../test/beside/hosts.ts";
import { neighbours } from "../../test/beside/neighbours.ts";
import { ways } from "../../test/beside/ways.ts";
import type { Way } from "../../test/beside/ways.ts";
import { root } from "../workspace.ts";
import type { Generated } from "./file.ts";
import { page, table } from "./markdown.ts";

/** What Jobtrail is tried beside, in which hosts, and how it is started: `docs/reference/beside.md`. */
export function besidePage(): Generated {
  return {
    path: "docs/reference/beside.md",
    text: page("test/beside/neighbours.ts, hosts.ts and ways.ts", "Beside others", [
      "Each row is a test. Those that are marked run with `pnpm test`, all of them with `pnpm proof:beside`.",
      "## Other tools in the same process",
      "Each is loaded before and after Jobtrail. The test compares what it sees of an app with what it sees without Jobtrail: the same, but for what the row says. Jobtrail's own requests appear in none of them, and carry none of their headers. Test: `test/beside/neighbours.test.ts`.",
      table(
        ["beside", "what happens", "in each run"],
        neighbours.map(({ name, jobs, isShort }) => [name, jobs, isShort === true ? "yes" : "–"]),
      ),
      "### A request that queues a job, before and after",
      "Sentry 11 and dd-trace 6, with one request `GET /order` that queues a job. Until Jobtrail 0.1, whose requests only OpenTelemetry left out, its own request was a child of the app's:",
      traces,
      "## Hosts",
      table(
        ["host", "what happens", "test"],
        rows.map(({ host, outcome, test: [file, title] }) => [host, outcome, `${held(file, title)}: ${title}`]),
      ),
      "## Ways to start",
      "An app with a queue of BullMQ, which is CommonJS, and a schedule of croner, an ES module. Test: `test/beside/ways.test.ts`.",
      table(
        ["way", "as it is written", "seen", "what to know", "in each run"],
        ways.map((way) => [
          way.name,
          `\`${way.written}\``,
          seenIn(way),
          noteOf(way),
          way.isShort === true ? "yes" : "–",
        ]),
      ),
      "## TypeScript",
      "The types are found by TypeScript 5.4, 5.9, 6 and 7, with `module` commonjs, node16, nodenext and with bundler resolution, `skipLibCheck: false`, in ES modules and in CommonJS (`pnpm proof:install`; TypeScript 7 in each test run). `@jobtrail/joblog` needs 5.7 or later, because of the types of its protobuf library. Where `module` is commonjs, set `esModuleInterop`.",
      "## Size of an installation",
      "In an empty folder, by npm:",
      table(
        ["", "packages", "MB"],
        [
          ["`@jobtrail/register`", "30", "24"],
          ["`@opentelemetry/auto-instrumentations-node` 0.82 with its API", "208", "60"],
        ],
      ),
    ]),
  };
}

const traces = `\`\`\`
Sentry, before                          Sentry, after
GET /order                              GET /order
├─ evalsha (Redis)                      └─ evalsha (Redis)
└─ POST 127.0.0.1  (/v1/logs)

dd-trace, before                        dd-trace, after
web.request GET /order                  web.request GET /order
├─ bullmq.add mail                      └─ bullmq.add mail
├─ http.request POST /v1/logs
└─ tcp.connect 127.0.0.1:4318
\`\`\``;

/** The file of a test. @throws Error where it holds no test of such a title, so that no row stands without one. */
function held(file: string, title: string): string {
  if (readFileSync(join(root, file), "utf8").includes(title)) return `\`${file}\``;
  throw new Error(`${file} has no test "${title}".`);
}

const seenIn = ({ seen }: Way): string => (seen.length === 0 ? "–" : seen.join(", "));

const noteOf = ({ said, note = "" }: Way): string =>
  said === undefined ? note : `It says: ${said.trim().replace("SYSTEMS", "…").replace("MODULES", "croner and others")}`;
