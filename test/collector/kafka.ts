import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Running, Service } from "@jobtrail/testing";
import { killed, untilSaid } from "./child.ts";
import { freePorts } from "./otelcol.ts";

/** A broker that can be made to crash. */
export interface Kafka extends Running {
  /** Its process, undefined while none runs. */
  readonly pid: number | undefined;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, on the same port with the same data. */
  start(): Promise<void>;
}

/** Kafka from Maven Central, once `fetchKafka` has been there. */
export const kafka: Service = {
  name: "kafka",
  install: "apt-get install default-jre-headless maven",
  find: () => (existsSync(jars) ? programIn("java") : undefined),
  start: () => startKafka(),
};

/** Fetches Kafka's jars into a cache, where they are not there yet and Maven is. Says why where that does not work. */
export async function fetchKafka(): Promise<void> {
  if (existsSync(jars) || programIn("mvn") === undefined) return;
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(join(cache, "made-"));
  const target = `-DoutputDirectory=${join(made, "jars")}`;
  try {
    await run("mvn", ["-q", "-B", "-f", manifest, "dependency:copy-dependencies", target]);
    renameSync(join(made, "jars"), jars);
  } catch (error) {
    // Another process may have been first.
    if (existsSync(jars)) return;
    const { stdout = "", message } = error as Error & { readonly stdout?: string };
    console.error(`The jars of Kafka could not be fetched: ${message}\n${stdout}`);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

const run = promisify(execFile);
const manifest = join(import.meta.dirname, "kafka/pom.xml");
const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "jobtrail/kafka");
const jars = join(cache, createHash("sha256").update(readFileSync(manifest)).digest("hex").slice(0, 16));

const programIn = (name: string): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));

/**
 * Starts a broker that is its own controller. Its topics come into being with the first message, with so many
 * partitions. @throws Error where its jars cannot be fetched or it does not start.
 */
export async function startKafka({ partitions = 2 }: { readonly partitions?: number } = {}): Promise<Kafka> {
  await fetchKafka();
  if (kafka.find() === undefined) throw new Error(`kafka is not installed. Get it with: ${kafka.install}`);
  const [port = 0, controller = 0] = await freePorts(2);
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-kafka-"));
  const properties = join(folder, "server.properties");
  writeFileSync(properties, propertiesOf({ port, controller, partitions, folder }));
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (child !== undefined) await killed(child);
    child = undefined;
  };
  const start = async (): Promise<void> => {
    child = spawn("java", [...java, "kafka.Kafka", properties], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    await untilSaid(child, { name: "Kafka", sign: "Kafka Server started", deadlineMs: startDeadlineMs });
  };
  const dispose = async (): Promise<void> => {
    await kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const format = ["format", "--config", properties, "--cluster-id", "am9idHJhaWwta2Fma2EtMQ"];
    await run("java", [...java, "kafka.tools.StorageTool", ...format]);
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  const brokers = `127.0.0.1:${port}`;
  return {
    url: `kafka://${brokers}`,
    env: { KAFKA_BROKERS: brokers },
    get pid() {
      return child?.pid;
    },
    kill,
    start,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Little memory, and quick to start rather than quick in the end. */
const java: readonly string[] = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(jars, "*")];

interface Setup {
  readonly port: number;
  readonly controller: number;
  readonly partitions: number;
  readonly folder: string;
}

/** One of everything, and nothing that waits for more to come: neither for members of a group nor for those that died. */
const propertiesOf = ({ port, controller, partitions, folder }: Setup): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
log.dirs=${join(folder, "data")}
num.partitions=${partitions}
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=4194304
`;

const startDeadlineMs = 60_000;
