/** How a job will run: part of its payload, so that its worker knows. */
export interface Fate {
  readonly kind: "quick" | "slow" | "flaky" | "hopeless" | "killed";
  /** How many tries fail before one succeeds. */
  readonly failures: number;
  /** How long each try takes, in milliseconds. */
  readonly workMs: number;
}

/** One job that the shop will queue. */
export interface Planned {
  readonly queue: "orders" | "emails";
  readonly number: number;
  readonly customer: string;
  readonly shop: string;
  readonly fate: Fate;
}

/** How often the shop's queues try at the most. */
export const maxAttempts = 3;

/** What every run of the demo shows, whatever its size and seed. */
const certain: readonly (readonly [Planned["queue"], Fate])[] = [
  ["orders", { kind: "killed", failures: 0, workMs: 50 }],
  ["emails", { kind: "hopeless", failures: maxAttempts, workMs: 40 }],
  ["orders", { kind: "flaky", failures: 1, workMs: 80 }],
  ["emails", { kind: "quick", failures: 0, workMs: 20 }],
  ["orders", { kind: "slow", failures: 0, workMs: 1200 }],
];

/** The jobs of one demo: the same for the same size and seed. */
export function plan(jobs: number, seed: number): readonly Planned[] {
  const random = generator(seed);
  return Array.from({ length: jobs }, (_, index) => {
    const [queue, fate] = certain[index] ?? [random() < 0.5 ? "orders" : "emails", fateOf(random)];
    return {
      queue,
      number: index + 1,
      customer: `customer-${1 + Math.floor(random() * 40)}`,
      shop: random() < 0.6 ? "berlin" : "lyon",
      fate,
    };
  });
}

function fateOf(random: () => number): Fate {
  const chance = random();
  const workMs = 20 + Math.floor(random() * 180);
  if (chance < 0.08) return { kind: "hopeless", failures: maxAttempts, workMs };
  if (chance < 0.25) return { kind: "flaky", failures: 1 + Math.floor(random() * (maxAttempts - 1)), workMs };
  if (chance < 0.35) return { kind: "slow", failures: 0, workMs: 600 + workMs * 4 };
  return { kind: "quick", failures: 0, workMs };
}

/** Mulberry32: numbers from 0 to 1 that look random and are the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
