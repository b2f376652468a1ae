/** A host that brings something of its own, and what becomes of its jobs. */
export interface Row {
  readonly host: string;
  readonly outcome: string;
  /** The file of the test, and what its title contains. */
  readonly test: readonly [file: string, title: string];
}

const hosts = "test/hosts/hosts.test.ts";
const examples = "test/beside/examples.test.ts";
const bundles = "test/beside/bundle.test.ts";
const sdk = "packages/register/test/sdk.test.ts";

/** Every kind of host that is tried. */
export const rows: readonly Row[] = [
  {
    host: "no OpenTelemetry",
    outcome: "Jobtrail writes and sends all three signals itself; no SDK is loaded.",
    test: ["packages/register/test/loaded.test.ts", "an app that has no SDK loads none for us"],
  },
  {
    host: "an SDK of its own, loaded before, in the app or late",
    outcome: "Each signal that the SDK has goes there; an open run ends where it began.",
    test: [sdk, "hands over to an SDK that comes late"],
  },
  {
    host: "an SDK for traces alone",
    outcome: "Spans go there, in the app's traces; Jobtrail sends records and metrics.",
    test: [sdk, "sends by itself the signals that the app's SDK does not have"],
  },
  {
    host: "API 1.9 with SDK 2 (0.208) or SDK 1.30 (0.57), API 1.4 with SDK 1.15 (0.41)",
    outcome: "As above: the SDK's traces have the spans of the jobs, although the API's versions differ.",
    test: [hosts, "has the spans and metrics of its jobs in its own SDK"],
  },
  {
    host: "an API of another major version",
    outcome: "Jobtrail sends apart, and one line says why.",
    test: [sdk, "sends apart, and says why, where the app's SDK is of an API that is not known"],
  },
  {
    host: "OpenTelemetry's older loader hook (import-in-the-middle 2), before, after, or as a loader",
    outcome: "Jobs of ES modules are seen with any hook beside.",
    test: [hosts, "has the jobs of ES modules watched"],
  },
  {
    host: "`@opentelemetry/sdk-node` with `jobInstrumentations()`",
    outcome:
      "[examples/own-sdk](../../examples/own-sdk): traces, records and metrics through the app's SDK, without the flag.",
    test: [examples, "own-sdk: an SDK of the app's own sends traces, logs and metrics of its jobs"],
  },
  {
    host: "NestJS 10, 11 and 12 with `@nestjs/bullmq`, compiled to CommonJS",
    outcome: "[examples/nest](../../examples/nest): by the flag alone.",
    test: [examples, "with @nestjs/bullmq, compiled to CommonJS, by the flag alone"],
  },
  {
    host: "NestJS 10, 11 and 12 with `@nestjs/bull`",
    outcome: "By the flag alone.",
    test: [examples, "with @nestjs/bull, by the flag alone"],
  },
  {
    host: "a serverless function, which is frozen once it has returned",
    outcome:
      "[examples/own-sdk/function.mjs](../../examples/own-sdk/function.mjs): an SDK of its own, flushed before the return. Jobtrail's own sending has no such call.",
    test: [examples, "a serverless function has sent everything when it returns"],
  },
  {
    host: "a bundle with its packages external (esbuild `--packages=external`)",
    outcome: "As without a bundle.",
    test: [bundles, "whose packages are external is watched by the flag"],
  },
  {
    host: "a bundle that holds the library",
    outcome:
      "A library that is passed to `watch(name, module, version)` of `@jobtrail/auto-instrumentations` is watched.",
    test: [bundles, "that passes its library to watch() is watched"],
  },
  {
    host: "a bundle that holds one library and not another",
    outcome: "The other is watched, and one line names both.",
    test: [bundles, "that holds one library and not another is told of both"],
  },
  {
    host: "Next.js 16",
    outcome:
      "`serverExternalPackages` names the job system, and `register()` in `instrumentation.js` loads `@jobtrail/register`.",
    test: [bundles, "with the library external is watched from instrumentation.js"],
  },
  {
    host: "a job log under a name of its own, as in Docker or Kubernetes",
    outcome: "It takes what is sent once it is started with `--host 0.0.0.0 --allow-host NAME`; until then it says so.",
    test: ["test/beside/remote.test.ts", "a job log that was started for its name takes what is sent to it"],
  },
];
