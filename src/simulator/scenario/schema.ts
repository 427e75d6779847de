/** The JSON Schema of a scenario, with defaults. What `upstream` may hold is left to the product's own validator. */

const positive = { type: "number", exclusiveMinimum: 0 };
const notNegative = { type: "number", minimum: 0 };
const count = { type: "integer", minimum: 1, maximum: 100_000 };
const peerIds = { type: "array", minItems: 1, items: { type: "string" } };
const anyObject = { type: "object" };
const staleness = { type: ["number", "string"], minimum: 0, pattern: "^never$" };

function object(properties: Record<string, unknown>, required: string[] = []): Record<string, unknown> {
  return { type: "object", additionalProperties: false, properties, required };
}

/** A section that may be left out: its fields have defaults. */
function section(properties: Record<string, unknown>): Record<string, unknown> {
  return { ...object(properties), default: {} };
}

function withDefault(schema: Record<string, unknown>, value: unknown): Record<string, unknown> {
  return { ...schema, default: value };
}

const peerCount = object(
  {
    count,
    prefix: { type: "string", default: "p" },
    weights: { type: "array", items: { type: "integer" }, default: [] },
    zones: { type: "array", items: { type: "string" }, default: [] },
    max_conns: withDefault({ type: "integer" }, 0),
    backup: { type: "boolean", default: false },
  },
  ["count"],
);

const givenPeers = {
  type: ["array", "object"],
  if: { type: "array" },
  then: { items: anyObject },
  else: peerCount,
};

function event(name: string | string[], properties: Record<string, unknown>, required: string[]): object {
  const what = typeof name === "string" ? { const: name } : { enum: name };
  return object({ at_s: notNegative, do: what, ...properties }, ["at_s", "do", ...required]);
}

const events = [
  event("join", { peers: givenPeers }, ["peers"]),
  event("remove", { peers: peerIds, clients: { enum: ["stay", "reconnect"], default: "stay" } }, ["peers"]),
  event("crash", { peers: peerIds, noticed_after_ms: withDefault(notNegative, 0) }, ["peers"]),
  event(["recover", "ready"], { peers: peerIds }, ["peers"]),
  event("drain", { peers: peerIds, close_over_s: notNegative }, ["peers"]),
  event("roll", { peers: peerIds, every_s: positive, close_over_s: notNegative, down_s: notNegative }, [
    "every_s",
    "close_over_s",
    "down_s",
  ]),
  event("disconnect", { share: { type: "number", exclusiveMinimum: 0, maximum: 1 } }, ["share"]),
  event("latency", { peers: peerIds, latency_ms: notNegative }, ["peers", "latency_ms"]),
  event("set", { upstream: anyObject }, ["upstream"]),
  event("set_peers", { peers: peerIds, fields: anyObject }, ["peers", "fields"]),
];

const lengths = [
  object({ type: { const: "exponential" }, mean_s: positive }, ["type", "mean_s"]),
  object({ type: { const: "pareto" }, shape: positive, min_s: positive }, ["type", "shape", "min_s"]),
  object({ type: { const: "fixed" }, seconds: positive }, ["type", "seconds"]),
];

export const scenarioSchema = object(
  {
    $schema: { type: "string" },
    title: { type: "string" },
    seed: withDefault({ type: "integer", minimum: 0, maximum: 2 ** 31 - 1 }, 1),
    duration_s: positive,
    sample_s: withDefault(positive, 1),
    warmup_s: withDefault(notNegative, 0),
    balanced_at: withDefault({ type: "number", exclusiveMinimum: 1 }, 1.1),
    gateways: section({
      count: withDefault({ ...count, maximum: 1000 }, 1),
      workers: withDefault({ ...count, maximum: 256 }, 1),
      staleness_ms: withDefault(staleness, "never"),
      zones: { type: "array", items: { type: "string" }, default: [] },
    }),
    upstream: { type: "object", properties: { peers: givenPeers }, required: ["peers"] },
    compare: {
      type: "array",
      minItems: 1,
      items: {
        type: ["string", "object"],
        if: { type: "object" },
        then: object({ label: { type: "string" }, upstream: anyObject, staleness_ms: staleness }, [
          "label",
          "upstream",
        ]),
      },
    },
    arrivals: object(
      {
        process: { enum: ["poisson", "even"], default: "poisson" },
        phases: {
          type: "array",
          minItems: 1,
          items: object({ for_s: positive, rate: notNegative, to_rate: notNegative }, ["rate"]),
        },
      },
      ["phases"],
    ),
    length: { type: "object", required: ["type"], discriminator: { propertyName: "type" }, oneOf: lengths },
    keys: object(
      {
        count: { type: "integer", minimum: 1, maximum: 10_000_000 },
        distribution: { enum: ["uniform", "zipf"], default: "uniform" },
        exponent: withDefault(positive, 1),
      },
      ["count"],
    ),
    handshake: section({
      latency_ms: withDefault(notNegative, 5),
      jitter: withDefault({ type: "number", minimum: 0, maximum: 1 }, 0.2),
      peers: { type: "object", additionalProperties: notNegative, default: {} },
      capacity_per_s: withDefault(notNegative, 0),
    }),
    reconnect: section({
      delay_ms: withDefault(notNegative, 0),
      jitter_ms: withDefault(notNegative, 1000),
      attempts: withDefault({ type: "integer", minimum: 0, maximum: 250 }, 0),
      backoff: withDefault({ type: "number", minimum: 1 }, 2),
      max_delay_ms: withDefault(notNegative, 30_000),
    }),
    events: {
      type: "array",
      default: [],
      items: { type: "object", required: ["do"], discriminator: { propertyName: "do" }, oneOf: events },
    },
  },
  ["title", "duration_s", "upstream", "compare", "arrivals", "length"],
);
