import type { ConfigError } from "../core/config/findings";
import { document as specification } from "../core/config/fields/document";
import { renderJson } from "../core/config/rendering";
import type { Snapshot } from "../core/config/snapshot";
import type { Fallible } from "../core/fallible";
import type { Editor } from "./editor";
import type { ErrorCode, Refusal } from "./errors";
import { listText, withField } from "./json-text";
import type { Call, ConfigLayer, Outcome } from "./world";
import type { Outcome as Edited, WriteCall } from "./write-call";

/** What any worker asks of the one that leads. */
export type LeaderCall = Call | { readonly layer: ConfigLayer };

/** What came of it. */
export interface LeaderAnswer extends Outcome {
  /** That holds what the call has changed; 0: there was none to hold it. */
  readonly generation: number;
}

type Encode = (this: void, value: unknown) => string;
type Decode = (this: void, text: string) => Fallible<unknown>;

/** A body may be long: it goes as it is, behind a line with the rest. */
export function encodeCall(call: LeaderCall, encode: Encode): string {
  if (!isChange(call)) return encode(call);
  const { body, ...rest } = call;
  return `${encode(rest)}\n${body}`;
}

export function decodeCall(text: string, decode: Decode): LeaderCall | undefined {
  const [head, body] = splitHead(text);
  const [call] = decode(head);
  return call === undefined ? undefined : { ...(call as Call), body };
}

export function encodeAnswer(answer: LeaderAnswer, encode: Encode): string {
  const { body, ...rest } = answer;
  return body === undefined ? encode(rest) : `${encode(rest)}\n${body}`;
}

export function decodeAnswer(text: string, decode: Decode): LeaderAnswer | undefined {
  const [head, body] = splitHead(text);
  const [answer] = decode(head);
  if (answer === undefined) return undefined;
  return body === "" ? (answer as LeaderAnswer) : { ...(answer as LeaderAnswer), body };
}

function splitHead(text: string): LuaMultiReturn<[head: string, body: string]> {
  const end = text.indexOf("\n");
  if (end < 0) return $multi(text, "");
  return $multi(text.substring(0, end), text.substring(end + 1));
}

/** In the leader: does what was asked. */
export function answerCall(call: LeaderCall, editor: Editor, encode: Encode): LeaderAnswer {
  if (!isChange(call)) return { ...showDocument(call.layer, editor, encode), generation: 0 };
  const edited = editor.execute(toWriteCall(call));
  const { status, etag, generation, peer, route } = edited;
  const refusal = refusalIn(edited);
  if (refusal !== undefined) return { status, refusal, etag, generation: 0 };
  const body = peer === undefined && route === undefined ? showEdited(edited, encode) : undefined;
  return { status, etag, generation, peer, route, body };
}

function isChange(call: LeaderCall): call is Call {
  return (call as { readonly operation?: string }).operation !== undefined;
}

function refusalIn({ code, message, details }: Edited): Refusal | undefined {
  if (code === undefined) return undefined;
  return { code: code as ErrorCode, message: message ?? "", details };
}

function showEdited({ generation, warnings, isDryRun }: Edited, encode: Encode): string {
  const head = encode(isDryRun === true ? { dry_run: true, generation } : { generation });
  return warnings === undefined ? head : withField(head, "warnings", listOf(warnings, encode));
}

function listOf(findings: readonly ConfigError[], encode: Encode): string {
  return listText(findings.map((finding) => encode(finding)));
}

function showDocument(layer: ConfigLayer, editor: Editor, encode: Encode): Outcome {
  const { etag } = editor;
  if (!editor.isLoaded) {
    return { status: 503, refusal: { code: "no_leader", message: "the configuration is being read" } };
  }
  if (layer === "file") return { status: 200, etag, body: editor.fileText };
  if (layer === "runtime") return { status: 200, etag, body: showRuntime(editor, encode) };
  return { status: 200, etag, body: showSnapshot(editor.snapshot, encode) };
}

/** The effective document, without what is the default anyway. */
function showSnapshot(snapshot: Snapshot, encode: Encode): string {
  return renderJson(specification, snapshot, encode);
}

function showRuntime({ layers }: Editor, encode: Encode): string {
  const { base, peers, routes } = layers.state;
  let peersText = "{}";
  for (const [upstream, overrides] of peers) {
    let text = "{}";
    for (const [peer, { override }] of overrides) text = withEncoded(text, peer, encode(override), encode);
    peersText = withEncoded(peersText, upstream, text, encode);
  }
  let routesText = "{}";
  for (const [route, { override }] of routes) {
    routesText = withEncoded(routesText, route, encode(override), encode);
  }
  const overrides = withField(withField("{}", "peers", peersText), "routes", routesText);
  return base === undefined ? overrides : withField(overrides, "document", base.text);
}

function withEncoded(object: string, name: string, value: string, encode: Encode): string {
  const head = object.substring(0, object.length - 1);
  return `${head}${head === "{" ? "" : ","}${encode(name)}:${value}}`;
}

const PEER_CALLS = {
  changePeer: "patch_peer",
  removePeer: "remove_peer",
  drainPeer: "drain_peer",
  readyPeer: "ready_peer",
  maintPeer: "maint_peer",
} as const;

function toWriteCall({ operation, names, query, body, ifMatch: tag }: Call): WriteCall {
  const ifMatch = tag === "" ? undefined : tag;
  const upstream = names["upstream"] ?? "";
  const route = names["route"] ?? "";
  switch (operation) {
    case "putConfig":
      return { kind: "put_config", body, isDryRun: query["dry_run"] === "1", ifMatch };
    case "addPeer":
      return { kind: "add_peer", upstream, body, ifMatch };
    case "putRoute":
      return { kind: "put_route", route, body, ifMatch };
    case "deleteRoute":
      return { kind: "delete_route", route, ifMatch };
    case "deleteOverrides":
      return { kind: "reset", ifMatch };
    default: {
      const kind = PEER_CALLS[operation as keyof typeof PEER_CALLS];
      return { kind, upstream, peer: names["peer"] ?? "", body, sessions: query["sessions"], ifMatch };
    }
  }
}
