import { writeGateway } from "./gateway-page";
import { Exposition, type Sink } from "./exposition";
import { writePeers } from "./peer-page";
import { writeRelay } from "./relay-page";
import { writeRoutes } from "./route-page";
import { writeUpstreams } from "./upstream-page";
import type { MetricsWorld } from "./world";

/** Writes every series there is, in pieces. */
export function writePage(world: MetricsWorld, sink: Sink): void {
  const out = new Exposition(sink);
  writeGateway(out, world.gauges());
  writeRoutes(out, world);
  writeUpstreams(out, world);
  writeRelay(out, world);
  writePeers(out, world);
  out.end();
}
