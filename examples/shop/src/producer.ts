/** A process that queues the shop's jobs, each with a customer as actor and a shop as scope. */
import { withActor, withScope } from "@jobtrail/core";
import { plan } from "./plan.ts";
import type { Planned } from "./plan.ts";
import { report, until } from "./process.ts";
import { makeQueues, openQueues } from "./queues.ts";

const [url = "", jobs = "0", seed = "0", more = ""] = process.argv.slice(2);
const boss = await openQueues(url);
await makeQueues(boss);
for (const planned of plan(Number(jobs), Number(seed))) await send(planned);
report({ ready: 1 });

// With `more`, another job every 1.5 s, so that the page keeps changing.
let next = Number(jobs);
const trickle = more === "more" ? setInterval(() => void sendOne(), 1500) : undefined;
await until("stop");
clearInterval(trickle);
await boss.stop();

async function send({ queue, number, customer, shop, fate }: Planned): Promise<void> {
  await withActor({ type: "user", id: customer }, () =>
    withScope({ type: "shop", id: shop }, () =>
      boss.send(queue, { number, fate }, { priority: fate.kind === "killed" ? 10 : 0 }),
    ),
  );
}

async function sendOne(): Promise<void> {
  next += 1;
  const planned = plan(next + 5, Number(seed)).at(-1);
  if (planned !== undefined) await send(planned).catch(() => undefined);
}
