import { DEFAULT_HOST_HEADER } from "../config/defaults";
import type { UpstreamConfig } from "../config/snapshot";
import { parseTemplate, type Template } from "../config/template";

/** What the Host header sent to the peers is made of; absent where it is the client's own. */
export function hostHeaderOf({ hostHeader }: UpstreamConfig): Template | undefined {
  return hostHeader === DEFAULT_HOST_HEADER ? undefined : compile(hostHeader);
}

/** What the name of TLS is made of; absent where there is no TLS, or it is the name in the Host header. */
export function serverNameOf({ tls }: UpstreamConfig): Template | undefined {
  return tls === undefined || tls.serverName === "" ? undefined : compile(tls.serverName);
}

function compile(text: string): Template | undefined {
  const [template] = parseTemplate(text, []);
  return template;
}
