/** A character that is in no name of an upstream and in no id. */
const SEPARATOR = "\n";

/** One name for a peer over all upstreams. */
export function peerName(upstream: string, key: string): string {
  return upstream + SEPARATOR + key;
}

export function splitPeerName(name: string): LuaMultiReturn<[upstream: string, key: string]> {
  const at = name.indexOf(SEPARATOR);
  return $multi(name.substring(0, at), name.substring(at + 1));
}
