import type { PeerChange, PeerOverride } from "../core/config/layers/change";
import { asRecord, findItem, peerIdOf, peersIn, upstreamIn } from "../core/config/layers/document-parts";
import type { Layers } from "../core/config/layers/layers";
import type { RemovalPolicy } from "../core/config/layers/stamp";
import type { AdminState, PeerConfig, UpstreamConfig } from "../core/config/snapshot";
import { quote } from "../core/config/show";
import type { Json } from "../core/config/walker";
import type { DrainBody } from "./edit-bodies";
import { drainBody, maintBody, patchBody, readBody, readyBody, removeBody } from "./edit-bodies";
import type { EditedPeer } from "./peer-edits";
import { drainFor, withFields, withoutPeer } from "./peer-edits";
import type { PeerCall, Refusal } from "./write-call";
import { invalid, refusal } from "./write-call";

/** What a call on a peer asks for. */
export interface PeerEdit {
  readonly change: PeerChange;
  readonly removal: RemovalPolicy;
}

export type PeerEditOrRefusal = LuaMultiReturn<[edit: PeerEdit] | [edit: undefined, refused: Refusal]>;

/** What the calls look at. */
export interface PeerPlace {
  readonly layers: Layers;
  readonly config: UpstreamConfig;
  readonly nowS: number;
}

/** @param body the whole peer, as in the document */
export function addPeer(place: PeerPlace, body: Json, id: string): PeerEditOrRefusal {
  const { config } = place;
  if (findPeer(config, id) !== undefined) {
    return $multi(undefined, refusal(409, "peer_exists", `${describe(config.name, id)} is there already`));
  }
  return editTo(place, id, { fields: body, added: true });
}

export function editPeer(place: PeerPlace, call: PeerCall, body: unknown): PeerEditOrRefusal {
  const peer = findPeer(place.config, call.peer);
  if (peer === undefined) {
    const message = `there is no ${describe(call.upstream, call.peer)}`;
    return $multi(undefined, refusal(404, "no_such_peer", message));
  }
  switch (call.kind) {
    case "patch_peer":
      return patchPeer(place, peer, body);
    case "remove_peer":
      return removePeer(place, peer, call.sessions, body);
    case "drain_peer":
      return drainPeer(place, peer, body);
    case "ready_peer":
      return readyPeer(place, peer, body);
    case "maint_peer":
      return maintPeer(place, peer, body);
  }
}

function patchPeer(place: PeerPlace, peer: PeerConfig, given: unknown): PeerEditOrRefusal {
  const { body, errors } = readBody(patchBody, given);
  if (body === undefined) return $multi(undefined, invalid(errors));
  const fields = asRecord(given) ?? {};
  const state = fields["state"];
  const refused = state === undefined ? undefined : refuseLast(place, peer, state as AdminState, false);
  if (refused !== undefined) return $multi(undefined, refused);
  const keepsDrain = state === undefined || state === peer.state;
  const edited = editedPeer(place, peer.id);
  const drain = keepsDrain ? edited.override?.drain : undefined;
  return editTo(place, peer.id, withFields(edited, fields, drain));
}

function removePeer(
  place: PeerPlace,
  peer: PeerConfig,
  sessions: string | undefined,
  given: unknown,
): PeerEditOrRefusal {
  const asked = sessions === undefined ? given : { sessions };
  const { body, errors } = readBody(removeBody, asked);
  if (body === undefined) return $multi(undefined, invalid(errors));
  return editTo(place, peer.id, withoutPeer(editedPeer(place, peer.id)), body.sessions);
}

function drainPeer(place: PeerPlace, peer: PeerConfig, given: unknown): PeerEditOrRefusal {
  const { body, errors } = readBody(drainBody, given);
  if (body === undefined) return $multi(undefined, invalid(errors));
  const refused = refuseLast(place, peer, "drain", body.isForced);
  if (refused !== undefined) return $multi(undefined, refused);
  const edited = editedPeer(place, peer.id);
  const before = peer.state === "drain" ? edited.override?.drain : undefined;
  // A drain that the document asks for goes on as it is.
  const isAsItIs = peer.state === "drain" && before === undefined && asksNothing(body);
  const drain = isAsItIs ? undefined : drainFor(body, before, place.config.drain, place.nowS);
  return editTo(place, peer.id, withFields(edited, { state: "drain" }, drain));
}

function asksNothing(body: DrainBody): boolean {
  return body.close === undefined && body.deadlineMs === undefined && body.spreadMs === undefined;
}

function readyPeer(place: PeerPlace, peer: PeerConfig, given: unknown): PeerEditOrRefusal {
  const { body, errors } = readBody(readyBody, given);
  if (body === undefined) return $multi(undefined, invalid(errors));
  return editTo(place, peer.id, withFields(editedPeer(place, peer.id), { state: "ready" }));
}

function maintPeer(place: PeerPlace, peer: PeerConfig, given: unknown): PeerEditOrRefusal {
  const { body, errors } = readBody(maintBody, given);
  if (body === undefined) return $multi(undefined, invalid(errors));
  const refused = refuseLast(place, peer, "maint", body.isForced);
  if (refused !== undefined) return $multi(undefined, refused);
  return editTo(place, peer.id, withFields(editedPeer(place, peer.id), { state: "maint" }));
}

/** Whoever takes the last peer out of service has to say that it is meant. */
function refuseLast(
  place: PeerPlace,
  peer: PeerConfig,
  state: AdminState,
  isForced: boolean,
): Refusal | undefined {
  if (isForced || state === "ready" || peer.state !== "ready") return undefined;
  for (const other of place.config.peers) {
    if (other.id !== peer.id && other.state === "ready") return undefined;
  }
  const what = describe(place.config.name, peer.id);
  return refusal(
    409,
    "last_ready_peer",
    `${what} is the last one that is ready; a call of drain or maint with "force": true does it anyway`,
  );
}

function editTo(
  place: PeerPlace,
  peer: string,
  override: PeerOverride | undefined,
  removal: RemovalPolicy = "keep",
): PeerEditOrRefusal {
  const upstream = place.config.name;
  const change: PeerChange =
    override === undefined ? { kind: "peer", upstream, peer } : { kind: "peer", upstream, peer, override };
  return $multi({ change, removal });
}

function editedPeer({ layers, config }: PeerPlace, id: string): EditedPeer {
  const base = findItem(peersIn(upstreamIn(layers.base, config.name)), id, peerIdOf);
  return { base, override: layers.state.peer(config.name, id) };
}

function findPeer(config: UpstreamConfig, id: string): PeerConfig | undefined {
  for (const peer of config.peers) if (peer.id === id) return peer;
  return undefined;
}

function describe(upstream: string, peer: string): string {
  return `peer ${quote(peer)} in upstream ${quote(upstream)}`;
}
