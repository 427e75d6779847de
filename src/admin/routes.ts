import { route as specification } from "../core/config/fields/route";
import { render } from "../core/config/rendering";
import type { RouteConfig } from "../core/config/snapshot";
import { answerStream, type AdminAnswer } from "./answer";
import type { AdminWorld } from "./world";

export function showRoutes(world: AdminWorld): AdminAnswer {
  return answerStream((out) => {
    out.write('{"routes":[');
    let separator = "";
    // A change during a pause replaces the chunks and leaves these as they are.
    for (const chunk of world.routes()) {
      for (const { config } of chunk) {
        out.write(separator);
        out.write(showRoute(config, world));
        separator = ",";
        world.pause();
      }
    }
    out.write("]}");
  });
}

/** A route as it stands in the document. What is the default is left out, so there is no empty list in it. */
export function showRoute(config: RouteConfig, world: AdminWorld): string {
  const fields = render(specification, config) as Record<string, unknown>;
  fields["active"] = world.activeOfRoute(config.id);
  return world.encode(fields);
}
