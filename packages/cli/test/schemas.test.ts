import { schemas } from "@jobtrail/schemas";
import { expect, test } from "vitest";
import { schemas as command } from "../src/schemas.ts";
import { jobtrail } from "./command.ts";

/** What the command prints, without a process of its own. */
function printed(...args: readonly string[]): string {
  let out = "";
  command({ write: (text) => Boolean((out += String(text))) }).parse(args, { from: "user" });
  return out;
}

test("the schemas are listed with their titles and sources", async () => {
  await using running = jobtrail(["schemas"]);
  const { code, out } = await running.ended;
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "SCHEMA                    TITLE                                   VERSION       SOURCE
    better-content-archiving  Better Content Archiving job audit log  Cloud         Better Content Archiving for Confluence documentation, Job audit log
    devo                      Devo job requests                       Query API v2  Devo documentation, Job requests
    harperdb                  HarperDB job log                        4 and 5       HarperDB documentation, Job Logs
    product-live              Product-Live audit logs, jobs           2             Product-Live knowledge base, Traceability, Audit Logs, Jobs
    qlik                      Qlik Cloud, automation run ended        2026-10       https://qlik.dev/apis/event/automations/
    "
  `);
});

test.each(Object.values(schemas))("the fields of $name are shown, each in each of its forms", ({ name, forms }) => {
  const out = printed(name);
  for (const { name: form, title, fields } of forms) {
    const [, table = ""] = out.split(`\n${form}: ${title}\n\n`);
    const rows = (table.split("\n\n")[0] ?? "").trimEnd().split("\n").slice(1);
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(fields.map((field) => field.name));
    for (const [i, { attribute, sensitivity }] of fields.entries()) {
      expect(rows[i]).toContain(attribute);
      expect(rows[i]).toContain(sensitivity);
    }
  }
});

test("a schema that is none explains itself", async () => {
  await using running = jobtrail(["schemas", "devoo"]);
  const { code, err } = await running.ended;
  expect(code).toBe(1);
  expect(err).toContain("(see jobtrail schemas --help)");
  expect(err).toContain("Allowed choices are better-content-archiving, devo, harperdb, product-live, qlik.");
});
