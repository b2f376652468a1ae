/** Another process that asks for a job, by an actor and for a scope; it tells how the job was queued. */
import { withActor, withScope } from "@jobtrail/core";
import { watching } from "./watching.ts";

const [url = "", name = ""] = process.argv.slice(2);
await using watched = watching(url, { service: "shop" });
const queue = watched.queue({ name });
await withActor({ id: "ada", name: "Ada" }, () =>
  withScope({ type: "space", id: "north" }, () => queue.add("across", { said: "hello" })),
);
const [queued] = watched.named("job.queued");
console.log(JSON.stringify(queued));
