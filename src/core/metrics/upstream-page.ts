import { HANDSHAKE_BOUNDS_S, SESSION_BOUNDS_S } from "./buckets";
import { joined, label, type Exposition } from "./exposition";
import {
  TRY_REFUSALS,
  UPSTREAM_ANY_HANDSHAKES,
  UPSTREAM_ANY_SESSIONS,
  UPSTREAM_HANDSHAKES,
  UPSTREAM_LAYOUT,
  UPSTREAM_REFUSED_TRIES,
  UPSTREAM_SESSIONS,
} from "./layout";
import { upstreamName } from "./names";
import type { MetricsWorld } from "./world";

const { codes } = UPSTREAM_LAYOUT;
const REFUSAL_LABELS = TRY_REFUSALS.map((why) => label("why", why));

/**
 * The tries that an upstream was refused, and two histograms of each that has had a session; a handshake's time and a session's length
 * never meet in one.
 */
export function writeUpstreams(out: Exposition, world: MetricsWorld): void {
  const names = world.pools().map(({ config }) => config.name);
  const write = (first: number, bounds: readonly number[], guard: string): void => {
    for (const upstream of names) {
      const name = upstreamName(upstream);
      out.lookOn();
      if (world.read(name, guard) > 0) {
        out.histogram(label("upstream", upstream), bounds, first, (place) => world.read(name, codes[place]!));
      }
    }
  };
  out.begin(
    "switchboard_retries_refused_total",
    "counter",
    "Failed attempts that no other one followed because the retry budget or total_timeout was used up.",
  );
  for (const upstream of names) {
    out.lookOn();
    for (const place of $range(0, TRY_REFUSALS.length - 1)) {
      const count = world.read(upstreamName(upstream), codes[UPSTREAM_REFUSED_TRIES + place]!);
      if (count > 0) out.sample(joined(label("upstream", upstream), REFUSAL_LABELS[place]!), count);
    }
  }
  out.begin(
    "switchboard_handshake_duration_seconds",
    "histogram",
    "Time from a request's beginning to the 101 of its peer, retries included.",
  );
  write(UPSTREAM_HANDSHAKES, HANDSHAKE_BOUNDS_S, UPSTREAM_ANY_HANDSHAKES);
  out.begin(
    "switchboard_session_duration_seconds",
    "histogram",
    "Time from the 101 to the end of a WebSocket.",
  );
  write(UPSTREAM_SESSIONS, SESSION_BOUNDS_S, UPSTREAM_ANY_SESSIONS);
}
