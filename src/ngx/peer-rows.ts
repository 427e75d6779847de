import type { AdminState, PeerConfig } from "../core/config/snapshot";
import { decodeJson, encodeJson } from "./json";

/**
 * How peers are written into the shared dict: each as a row without the names of its fields, which is short, and the same
 * text for the same peers in every process, so that texts can be compared instead of peers.
 */
type Row = (string | number | boolean)[];

/** In one part: what a worker decodes in one go. */
const MAX_PEERS_PER_CHUNK = 200;
/** A chunk ends after about so many peers. */
const PEERS_PER_CHUNK = 128;

/**
 * Cuts a list of peers into chunks, in their order. Where a chunk ends is up to the peer at its end alone, if there is
 * no need to cut, so that a peer that comes or goes changes one chunk and moves no other.
 */
export function cutIntoChunks(peers: readonly PeerConfig[]): readonly (readonly PeerConfig[])[] {
  const chunks: PeerConfig[][] = [];
  let chunk: PeerConfig[] = [];
  for (const peer of peers) {
    chunk.push(peer);
    if (chunk.length === MAX_PEERS_PER_CHUNK || ngx.crc32_long(peer.id) % PEERS_PER_CHUNK === 0) {
      chunks.push(chunk);
      chunk = [];
    }
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

export function encodePeers(peers: readonly PeerConfig[]): string {
  const rows: Row[] = [];
  for (const { id, address, weight, maxConns, isBackup, zone, state, readySinceS, closing } of peers) {
    const row: Row = [id, address, weight, maxConns, isBackup, zone, state];
    // A peer whose sessions are closed takes none, so one number more is the one, and two are the other.
    if (closing !== undefined) row.push(closing.atS, closing.spreadMs);
    else if (readySinceS !== undefined) row.push(readySinceS);
    rows.push(row);
  }
  return encodeJson(rows);
}

export function decodePeers(text: string): readonly PeerConfig[] {
  const [rows] = decodeJson(text);
  const peers: PeerConfig[] = [];
  for (const row of rows as readonly Row[]) peers.push(peerOf(row));
  return peers;
}

function peerOf(row: Row): PeerConfig {
  const peer = {
    id: row[0] as string,
    address: row[1] as string,
    weight: row[2] as number,
    maxConns: row[3] as number,
    isBackup: row[4] as boolean,
    zone: row[5] as string,
    state: row[6] as AdminState,
  };
  if (row[7] === undefined) return peer;
  if (row[8] === undefined) return Object.assign(peer, { readySinceS: row[7] as number });
  return Object.assign(peer, { closing: { atS: row[7] as number, spreadMs: row[8] as number } });
}
