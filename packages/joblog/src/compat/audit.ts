import { fromIso } from "@jobtrail/core/event";
import { betterContentArchiving, pageOf, textOfDigits } from "@jobtrail/schemas";
import type { BcaExecution, Digits } from "@jobtrail/schemas";
import { Hono } from "hono";
import type { Context } from "hono";
import { html } from "hono/html";
import type { JobQuery } from "../query/query.ts";
import { readAssets } from "../pages/assets.ts";
import type { Html } from "../pages/format.ts";
import { layout, notice } from "../pages/layout.ts";
import type { Sheet } from "../pages/layout.ts";
import { allowedAt, isOwnMachine } from "./asked.ts";
import type { Asked } from "./asked.ts";
import { basicIn, fitting, isSame } from "./credentials.ts";
import { queriesForId } from "./id.ts";
import { jobsOf, newestOf, recordsOf, sliceOf, TooMuch } from "./records.ts";
import type { AskedJob, Owner, Timed } from "./records.ts";
import { within } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** Executions of one page, and of one file. */
const sizes = { page: 50, file: 10_000 } as const;

/**
 * Better Content Archiving's way of asking, which is a page: the job audit log of the whole site or of a space, the
 * most recent execution first, and the details of each. Each page can be printed; the list is also CSV, an execution
 * also text, and both can be read by the schema again.
 */
export function auditWay(asked: Asked): Hono {
  const app = new Hono();
  const assets = readAssets();
  const send = (c: Context, sheet: Sheet, status: 200 | 400 | 404 = 200): Response | Promise<Response> => {
    c.header("cache-control", "no-store");
    return c.html(layout(assets, sheet), status);
  };
  const route = (path: string, answer: (c: Context, scope: Scope) => Promise<Response>): void =>
    void app.get(path, async (c) => {
      const scope = scopeOf(c, asked);
      return scope === undefined ? login(c) : answer(c, scope);
    });
  const list = async (c: Context, scope: Scope, site: Site): Promise<Response> => {
    const page = pageIn(c);
    if (page === undefined) return send(c, notice("This cannot be shown", "page must be a whole number from 1."), 400);
    const from = (page - 1) * sizes.page;
    const found = await executions(asked, { scope, site, from, count: sizes.page + 1 });
    if (found === undefined) return send(c, notice("This cannot be shown", tooMany), 400);
    return send(c, listSheet(found.slice(0, sizes.page), { site, page, isMore: found.length > sizes.page }));
  };
  const csv = async (c: Context, scope: Scope, site: Site): Promise<Response> => {
    const found = await executions(asked, { scope, site, from: 0, count: sizes.file + 1 });
    if (found === undefined || found.length > sizes.file) return text(c, `${tooMany}\n`, 400);
    return file(c, csvOf(found), "text/csv", "job-audit-log.csv");
  };
  route("/audit", (c, scope) => list(c, scope, whole));
  route("/audit.csv", (c, scope) => csv(c, scope, whole));
  route("/audit/spaces/:space", (c, scope) => {
    const space = c.req.param("space") ?? "";
    return space.endsWith(".csv") && c.req.query("page") === undefined
      ? csv(c, scope, siteOf(space.slice(0, -".csv".length)))
      : list(c, scope, siteOf(space));
  });
  route("/audit/executions/:id", async (c, scope) => {
    const given = c.req.param("id") ?? "";
    const asText = given.endsWith(".txt");
    const id = asText ? given.slice(0, -".txt".length) : given;
    const found = await executionWith(id, asked, scope);
    if (found === undefined) return send(c, notice("No such job execution", `There is none with the id "${id}".`), 404);
    return asText ? file(c, pageOf(found), "text/plain", `${id}.txt`) : send(c, detailSheet(found));
  });
  return app;
}

const tooMany = "There are too many executions to be found in time: open the job audit log of one space.";

/** What a list is of: the whole site, or a space. */
interface Site {
  readonly title: string;
  readonly path: string;
  readonly query: JobQuery;
}

const whole: Site = { title: "Job audit log", path: "/audit", query: { where: [] } };

const siteOf = (space: string): Site => ({
  title: `Job audit log: ${space}`,
  path: `/audit/spaces/${encodeURIComponent(space)}`,
  query: { where: [{ field: "scope", op: "is", value: space }] },
});

/** Without a file of credentials the pages are as open as the job log's others, to this machine alone. */
function scopeOf(c: Context, asked: Asked): Scope | undefined {
  if (asked.credentials === undefined) return isOwnMachine(c) ? {} : undefined;
  const given = basicIn(c.req.header("authorization"));
  const all = allowedAt(c, asked)?.["better-content-archiving"] ?? [];
  const fits = ({ user, password }: (typeof all)[number]): boolean =>
    given !== undefined && isSame(user, given.user) && isSame(password, given.password);
  return fitting(all, fits)?.scope;
}

const login = (c: Context): Response =>
  c.text("The job audit log needs a user and a password.\n", 401, {
    "www-authenticate": 'Basic realm="Job audit log", charset="UTF-8"',
    "cache-control": "no-store",
  });

const text = (c: Context, body: string, status: 400): Response => c.text(body, status, { "cache-control": "no-store" });

const file = (c: Context, body: string, type: string, name: string): Response =>
  c.body(body, 200, {
    "content-type": `${type}; charset=utf-8`,
    "content-disposition": `attachment; filename="${name.replace(/[^\w.-]/g, "_")}"`,
    "cache-control": "no-store",
  });

function pageIn(c: Context): number | undefined {
  const given = c.req.query("page") ?? "1";
  return /^[1-9]\d{0,5}$/.test(given) ? Number(given) : undefined;
}

interface Wanted {
  readonly scope: Scope;
  readonly site: Site;
  readonly from: number;
  readonly count: number;
}

/** Executions that have ended; nothing where they cannot be found in time. */
async function executions(
  { store, owner }: Asked,
  { scope, site, from, count }: Wanted,
): Promise<readonly BcaExecution[] | undefined> {
  const all = newestOf(jobsOf(store, within(site.query, scope)), (job) => endedOf(job, owner));
  try {
    return (await sliceOf(all, from, count)).map(({ record }) => record);
  } catch (error) {
    if (error instanceof TooMuch) return undefined;
    throw error;
  }
}

async function executionWith(id: string, { store, owner }: Asked, scope: Scope): Promise<BcaExecution | undefined> {
  const queries = queriesForId(id).map((query) => within(query, scope));
  for await (const job of jobsOf(store, ...queries)) {
    const found = executionsOf(job, owner).find((record) => record["Job execution ID"] === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A job's executions; of one that was read more than once the last. */
export const executionsOf = ({ history }: AskedJob, owner: Owner): readonly BcaExecution[] => [
  ...new Map(
    recordsOf(history, betterContentArchiving, owner).map((record) => [record["Job execution ID"], record]),
  ).values(),
];

/** The log shows what has ended. */
const going = new Set(["Waiting", "Running", "Finalizing", "Cancelling"]);

const endedOf = (job: AskedJob, owner: Owner): readonly Timed<BcaExecution>[] =>
  executionsOf(job, owner)
    .filter(({ Status }) => !going.has(Status))
    .map((record) => ({
      time: fromIso(record.Ended ?? "") ?? fromIso(job.row.last) ?? [0, 0],
      key: record["Job execution ID"],
      record,
    }));

const columns = ["Job", "Space", "Status", "Executed by", "Started", "Ended", "Duration"] as const;

const metrics = [
  "Spaces processed",
  "Spaces total",
  "Content events initialized",
  "Content statuses refreshed",
  "Emails sent",
  "Contents archived",
  "Contents deleted",
] as const;

const details = ["Executed by", "Started", "Ended", "Duration"] as const;

type Label = keyof BcaExecution;

const said = (record: BcaExecution, label: Label): string | undefined => {
  const value = record[label];
  if (value === undefined || value === null || label === "jobtrail") return undefined;
  return typeof value === "string" ? value : textOfDigits(value as Digits);
};

function listSheet(
  found: readonly BcaExecution[],
  { site, page, isMore }: { readonly site: Site; readonly page: number; readonly isMore: boolean },
): Sheet {
  const link = (to: number): string => (to === 1 ? site.path : `${site.path}?page=${to}`);
  return {
    title: `${site.title} · Jobtrail`,
    main: html`<main id="main" class="audit">
      <h1>${site.title}</h1>
      ${found.length === 0 ? html`<p>${page === 1 ? "No job has been executed yet." : "There are no more job executions."}</p>` : table(found)}
      <nav class="pager" aria-label="Pages">
        ${page > 1 ? html`<a rel="prev" href="${link(page - 1)}">← More recent</a>` : html`<span></span>`}
        <a href="${site.path}.csv" download>CSV</a>
        ${isMore ? html`<a rel="next" href="${link(page + 1)}">Earlier →</a>` : html`<span></span>`}
      </nav>
    </main>`,
  };
}

const table = (found: readonly BcaExecution[]): Html =>
  html`<div class="sheet" tabindex="0" role="region" aria-label="Job executions">
    <table class="executions">
      <thead>
        <tr>
          ${columns.map((label) => html`<th scope="col">${label}</th>`)}
          <th scope="col">Results</th>
        </tr>
      </thead>
      <tbody>
        ${found.map(
          (record) =>
            html`<tr>
              ${columns.map((label) => html`<td>${said(record, label)}</td>`)}
              <td><a href="${pathOf(record)}">Results</a></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;

const pathOf = (record: BcaExecution): string => `/audit/executions/${encodeURIComponent(record["Job execution ID"])}`;

/** Exactly what the documentation lists; a metric that does not apply is left out. */
function detailSheet(record: BcaExecution): Sheet {
  return {
    title: `${record["Job execution ID"]} · Job audit log · Jobtrail`,
    main: html`<main id="main" class="one audit">
      <nav class="trail" aria-label="Where you are"><a href="/audit">Job audit log</a></nav>
      <h1>Results</h1>
      ${part(record, undefined, ["Job execution ID", "Job", "Space", "Status"])} ${part(record, "Details", details)}
      ${part(record, "Metrics", metrics)} ${part(record, "Support info", ["Log command"])}
      <p><a href="${pathOf(record)}.txt" download>As text</a></p>
    </main>`,
  };
}

function part(record: BcaExecution, heading: string | undefined, labels: readonly Label[]): Html | "" {
  const known = labels.flatMap((label) => {
    const value = said(record, label);
    return value === undefined ? [] : [[label, value] as const];
  });
  if (known.length === 0) return "";
  return html`${heading === undefined ? "" : html`<h2>${heading}</h2>`}
    <dl class="facts">
      ${known.map(
        ([label, value]) =>
          html`<div>
            <dt>${label}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

const fileColumns: readonly Label[] = ["Job execution ID", ...columns, ...metrics, "Log command"];

const csvOf = (found: readonly BcaExecution[]): string =>
  [fileColumns, ...found.map((record) => fileColumns.map((label) => said(record, label) ?? ""))]
    .map((cells) => `${cells.map(cell).join(",")}\r\n`)
    .join("");

const cell = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
