// What Qlik's own client makes of a server's answers: a line of JSON for each call.
import { getAudits } from "@qlik/api/audits";
import { getAutomationRun, getAutomationRuns } from "@qlik/api/automations";

const [, , host, automation, run] = process.argv;
const hostConfig = { authType: "apikey", host, apiKey: "qlik-api-key" };
const options = { hostConfig, noCache: true };
const said = (call, value) => console.log(JSON.stringify({ call, value }));

const first = await getAudits({ eventType: "com.qlik.v1.automation.run.ended", limit: 2, sort: "+eventTime" }, options);
said("getAudits", [first.status, first.data.data.map(({ data }) => data.id)]);
const next = new URL(first.data.links.next.href).searchParams.get("next");
const second = await getAudits(
  { eventType: "com.qlik.v1.automation.run.ended", limit: 2, sort: "+eventTime", next },
  options,
);
said("getAudits, the next page", [second.status, second.data.data.map(({ data }) => data.id)]);
const runs = await getAutomationRuns(automation, { limit: 10, sort: "-startTime" }, options);
said("getAutomationRuns", [runs.status, runs.data.data.length]);
const one = await getAutomationRun(automation, run, options);
said("getAutomationRun", [one.status, one.data.status, one.data.error]);
const wrong = await getAutomationRuns(
  automation,
  {},
  { ...options, hostConfig: { ...hostConfig, apiKey: "wrong" } },
).catch((error) => error);
said("getAutomationRuns with a wrong key", wrong.status);
