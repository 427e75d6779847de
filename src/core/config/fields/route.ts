import type { Findings } from "../findings";
import * as formats from "../formats";
import { parsePath } from "../path";
import { compileRewrite } from "../../route/rewrite";
import type { RouteConfig, WeightedUpstream } from "../snapshot";
import type { Draft, MapSpec, Spec } from "../specification";
import { boolean, choice, integer, list, object, text } from "../specification";
import { parseTemplate } from "../template";
import { defaultRelay, relay } from "./relay";

const MAX_CONDITIONS = 32;
const MAX_HOSTS = 1000;
const MAX_SUBPROTOCOLS = 32;
const MAX_SPLIT = 100;
const MAX_PRIORITY = 1000;

function conditions(keys: MapSpec["keys"]): Spec<RouteConfig["headers"]> {
  return { kind: "map", keys, of: { kind: "condition" }, max: MAX_CONDITIONS, isList: false };
}

const weighted = object<WeightedUpstream>([
  {
    name: "upstream",
    into: "upstream",
    is: text(formats.name),
    isRequired: true,
    about: "The name of an upstream.",
  },
  {
    name: "weight",
    into: "weight",
    is: integer(0, 1000),
    default: 1,
    about: "Its share, relative to the others.",
  },
]);

export const route = object<RouteConfig>(
  [
    { name: "id", into: "id", is: text(formats.id), isRequired: true, about: "Names the route; unique." },
    {
      name: "hosts",
      into: "hosts",
      is: list(text(formats.host), MAX_HOSTS),
      default: [],
      about: "Names, *.name, addresses or [ipv6], without a port; empty: any host.",
    },
    {
      name: "path",
      into: "path",
      is: text(formats.path),
      default: "/*",
      about: "Literal segments, {param} for a whole one, and * as the last for whatever follows.",
    },
    {
      name: "headers",
      into: "headers",
      is: conditions(formats.headerName),
      default: {},
      about: "By header: the value it must have, true if it only must be there, false if it must not.",
    },
    {
      name: "query",
      into: "query",
      is: conditions(formats.argumentName),
      default: {},
      about:
        "By query argument: the value it must have, true if it only must be there, false if it must not.",
    },
    {
      name: "subprotocols",
      into: "subprotocols",
      is: list(text(formats.token), MAX_SUBPROTOCOLS),
      default: [],
      about: "The client must offer one of these; empty: any or none.",
    },
    {
      name: "priority",
      into: "priority",
      is: integer(-MAX_PRIORITY, MAX_PRIORITY),
      default: 0,
      about: "The higher wins between routes that are equally specific.",
    },
    {
      name: "upstream",
      into: "split",
      is: text(formats.onlyUpstream),
      about: "The name of the upstream that sessions go to.",
    },
    {
      name: "split",
      into: "split",
      is: list(weighted, MAX_SPLIT, "upstream"),
      about: "Several upstreams that share the sessions by weight, instead of one.",
    },
    {
      name: "key",
      into: "key",
      is: text(formats.key),
      default: "",
      about: "What sessions are hashed or bound by: a template over nginx variables and path parameters.",
    },
    {
      name: "mode",
      into: "mode",
      is: choice("tunnel", "relay"),
      default: "tunnel",
      about: "tunnel: nginx moves the bytes; relay: the gateway sees the frames.",
    },
    {
      name: "rewrite",
      into: "rewrite",
      is: text(formats.rewrite),
      about: "The path sent to the peer, a template over path parameters; /* at its end is what * matched.",
    },
    {
      name: "http",
      into: "isHttpAllowed",
      is: boolean(),
      default: true,
      about: "Whether plain HTTP requests are proxied too; if not, they are answered 426.",
    },
    {
      name: "on_drain",
      into: "onDrain",
      is: choice("close", "move"),
      default: "close",
      about: "What becomes of a session whose peer is emptied; move needs the mode relay.",
    },
    {
      name: "on_crash",
      into: "onCrash",
      is: choice("close", "move"),
      default: "close",
      about: "What becomes of a session whose peer breaks; move needs the mode relay.",
    },
    {
      name: "relay",
      into: "relay",
      is: relay,
      about: "What the gateway does with the frames of the mode relay, and only of that.",
    },
  ],
  { oneOf: ["upstream", "split"], complete: checkRoute },
);

function checkRoute(this: void, draft: Draft<RouteConfig>, findings: Findings): void {
  checkWeights(draft, findings);
  checkTemplates(draft, findings);
  checkMode(draft, findings);
}

/** Only a relay has settings of one, so that a document of many tunnels does not grow by them. */
function checkMode(draft: Draft<RouteConfig>, findings: Findings): void {
  const needsRelay = 'needs "mode": "relay"';
  if (draft.mode === "relay") draft.relay ??= defaultRelay();
  if (draft.mode !== "tunnel") return;
  if (draft.onDrain === "move") findings.reportField("on_drain", `"move" ${needsRelay}`);
  if (draft.onCrash === "move") findings.reportField("on_crash", `"move" ${needsRelay}`);
  if (draft.relay !== undefined) findings.reportField("relay", needsRelay);
}

function checkWeights(draft: Draft<RouteConfig>, findings: Findings): void {
  if (draft.split === undefined) return;
  for (const target of draft.split) {
    if (target.weight !== 0) return;
  }
  findings.reportField("split", "expected at least one weight above 0");
}

function checkTemplates(draft: Draft<RouteConfig>, findings: Findings): void {
  const { path, key, rewrite } = draft;
  if (path === undefined) return;
  if (key !== undefined && key !== "") {
    const [params] = parsePath(path);
    const [, reason] = parseTemplate(key, params ?? []);
    report("key", formats.key.expected, key, reason, findings);
  }
  if (rewrite !== undefined) {
    const [, reason] = compileRewrite(rewrite, path);
    report("rewrite", formats.rewrite.expected, rewrite, reason, findings);
  }
}

function report(
  name: string,
  expected: string,
  found: string,
  reason: string | undefined,
  findings: Findings,
): void {
  if (reason === undefined) return;
  findings.enter(name);
  findings.reportValue(expected, found, reason);
  findings.leave();
}
