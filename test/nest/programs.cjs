/**
 * The programs of the conformance suite, for Nest's schedules. Nest is handed in, so that each fixture loads it in its
 * own way. Decorators are called as functions: Node runs no syntax for them.
 */

const lines = [];
const say = (line) => void lines.push(JSON.stringify(line));

/** In one order, whichever of two timers a slow machine is late for. */
const print = () => console.log(lines.toSorted((one, other) => (one < other ? -1 : 1)).join("\n"));

const logger = { log() {}, warn() {}, debug() {}, verbose() {}, error: (error) => say({ logged: String(error) }) };

exports.programs = ({ Cron, Interval, NestFactory, ScheduleModule, SchedulerRegistry, Timeout }) => {
  /** Starts an application of one module, whose methods are decorated. */
  const start = async (Provider, decorators) => {
    for (const [method, decorator] of Object.entries(decorators))
      decorator(Provider.prototype, method, Object.getOwnPropertyDescriptor(Provider.prototype, method));
    const module = { module: Provider, imports: [ScheduleModule.forRoot()] };
    const app = await NestFactory.createApplicationContext(module, { logger });
    return { app, registry: app.get(SchedulerRegistry) };
  };

  return {
    async main() {
      const { promise: over, resolve } = Promise.withResolvers();
      let left = 3;
      const ended = () => --left === 0 && setTimeout(() => resolve(), 20);
      class Jobs {
        async succeed(...given) {
          say({ run: "succeed", given, self: this instanceof Jobs });
          registry.deleteInterval("succeed");
          ended();
        }
        fail() {
          registry.deleteInterval("fail");
          ended();
          throw new RangeError("never works");
        }
        once() {
          say({ run: "once" });
          ended();
        }
      }
      const { app, registry } = await start(Jobs, {
        succeed: Interval("succeed", 50),
        fail: Interval("fail", 300),
        once: Timeout(600),
      });
      await over;
      await app.close();
      say({ left: [...registry.getIntervals()] });
      print();
    },

    /** A run that is so long that a heartbeat comes; the event loop is blocked while an interval's times pass. */
    async rest() {
      const { promise: over, resolve } = Promise.withResolvers();
      let runs = 0;
      class Jobs {
        slow() {
          runs++;
          if (runs === 1) setTimeout(block, 10, 350);
          return over;
        }
        async tick() {
          for (let turn = 0; turn < 8; turn++) await new Promise((next) => setTimeout(next, 100));
          resolve();
        }
      }
      const decorators = { slow: Interval(100), tick: Cron("* * * * * *", { name: "tick", waitForCompletion: true }) };
      const { app } = await start(Jobs, decorators);
      await over;
      await app.close();
    },
  };
};

const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
