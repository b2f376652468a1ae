/** Where a Collector runs. */
export type Tier = "agent" | "gateway" | "kafka" | "kafka-agent";

/** The tiers, each with its files. */
export const tiers: Readonly<Record<Tier, readonly string[]>> = {
  agent: ["agent.yaml"],
  gateway: ["gateway.yaml"],
  kafka: ["gateway.yaml", "kafka-gateway.yaml"],
  "kafka-agent": ["kafka-agent.yaml"],
};
