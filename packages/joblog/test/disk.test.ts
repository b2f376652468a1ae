import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { smallDisk } from "./disk.ts";
import { jobs, post, send, serve } from "./sender.ts";
import type { Answer } from "./sender.ts";

test("a full disk is answered with 503 and the reason, and nothing that was acknowledged is lost", async () => {
  using disk = smallDisk();
  const acknowledged = { jobs: 0, records: 0 };
  {
    await using log = await serve(disk.folder);
    const batch = (first: number): Promise<Answer> =>
      post(`${log.url}/v1/logs`, jobs(Array.from({ length: 50 }, (_, at) => `${first + at}`)));
    disk.limit(log.pid);
    let answer = await batch(0);
    while (answer.status === 200) {
      acknowledged.jobs += 50;
      acknowledged.records += 150;
      answer = await batch(acknowledged.jobs);
    }
    expect(acknowledged.jobs).toBeGreaterThan(0);
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(answer.text).toMatch(disk.reason);
    expect(JSON.parse((await send(`${log.url}/api/v1/summary`)).text)).toMatchObject(acknowledged);

    disk.free(log.pid);
    expect(await batch(acknowledged.jobs)).toMatchObject({ status: 200 });
    acknowledged.jobs += 50;
    acknowledged.records += 150;
  }
  await using again = await serve(disk.folder);
  expect(JSON.parse((await send(`${again.url}/api/v1/summary`)).text)).toMatchObject(acknowledged);
});

test("a disk that may only be read is reported at start, with the file and what to do", async () => {
  using disk = smallDisk();
  await (await serve(disk.folder))[Symbol.asyncDispose]();
  disk.makeReadOnly();
  await expect(serve(disk.folder)).rejects.toThrow(
    /JOBTRAIL_STORE_UNWRITABLE: .*\.db: .*(may be written|allow writing)\./,
  );
});

test("a store that another program keeps locked is answered with 503, and can be written to afterwards", async () => {
  using disk = smallDisk();
  await using log = await serve(disk.folder);
  expect(await post(`${log.url}/v1/logs`, jobs(["0"]))).toMatchObject({ status: 200 });
  const other = new DatabaseSync(join(disk.folder, "days", `${new Date().toISOString().slice(0, 10)}.records.db`));
  other.exec("BEGIN IMMEDIATE");
  const answer = await post(`${log.url}/v1/logs`, jobs(["1"]));
  other.exec("ROLLBACK");
  other.close();
  expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect(answer.text).toContain("another program holds the file");
  expect(await post(`${log.url}/v1/logs`, jobs(["1"]))).toMatchObject({ status: 200 });
});
