import { adminRequest } from "./admin-request";
import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";

/**
 * Changes a peer or the list of peers, which is in force in every worker when this returns: on a busy machine the answer may come
 * before that.
 * @param rest of the path, behind `/v1/upstreams/U/peers`
 * @throws Error if the change is refused
 */
export async function changePeers(
  gateway: Gateway,
  upstream: string,
  method: string,
  rest: string,
  body?: object,
): Promise<void> {
  const peers = `/v1/upstreams/${upstream}/peers`;
  const reply = await adminRequest(gateway, method, `${peers}${rest}`, { body });
  if (reply.status >= 300) throw new Error(`${method} ${peers}${rest}: ${reply.status} ${reply.text}`);
  if (reply.status === 202) await whenInForce(gateway, upstream);
}

/**
 * Replaces the whole configuration, which is in force in every worker when this returns.
 * @throws Error if it is refused
 */
export async function putConfig(
  gateway: Gateway,
  body: { readonly upstreams: Readonly<Record<string, object>> },
): Promise<void> {
  const { headers } = await adminRequest(gateway, "GET", "/v1/config");
  const reply = await adminRequest(gateway, "PUT", "/v1/config", {
    body,
    headers: { "If-Match": headers.get("etag")! },
  });
  if (reply.status >= 300) throw new Error(`PUT /v1/config: ${reply.status} ${reply.text}`);
  if (reply.status === 202) await whenInForce(gateway, Object.keys(body.upstreams)[0]!);
}

/** Waits until every worker has what was changed so far. */
async function whenInForce(gateway: Gateway, upstream: string): Promise<void> {
  const { json } = await adminRequest<{ peers: { id: string; backup: boolean }[] }>(
    gateway,
    "GET",
    `/v1/upstreams/${upstream}`,
  );
  const { id, backup } = json.peers[0]!;
  // It changes nothing, and is answered when everything before it is in force.
  const path = `/v1/upstreams/${upstream}/peers/${id}`;
  const isInForce = async (): Promise<boolean> =>
    (await adminRequest(gateway, "PATCH", path, { body: { backup } })).status === 200;
  await waitFor(isInForce, { what: `the change of upstream "${upstream}" to be in force` });
}
