import type { Fallible } from "../fallible";
import type { PathPattern } from "./path";
import { literalFault } from "./path";
import type { Template } from "./template";
import { parseTemplate, renderTemplate } from "./template";

/** The path sent to the peer. */
export interface Rewrite {
  /** Over path parameters alone; without a final `/*`. */
  readonly template: Template;
  /** Whether a slash and what the route's own `*` matched come behind it. */
  readonly hasRest: boolean;
}

function nothing(this: void): undefined {
  return undefined;
}

/** Any parameter's value is a letter to the check of the literal text around it. */
function anyValue(this: void): string {
  return "x";
}

function pathFault(path: string): string | undefined {
  const segments = path.substring(1).split("/");
  const last = segments.length - 1;
  for (const index of $range(0, segments[last] === "" ? last - 1 : last)) {
    const fault = literalFault(segments[index]!);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export function parseRewrite(text: string, pattern: PathPattern): Fallible<Rewrite> {
  if (!text.startsWith("/")) return $multi(undefined, "it does not start with '/'");
  const hasRest = text.endsWith("/*");
  if (hasRest && !pattern.hasRest) return $multi(undefined, "the route's path does not end in '*'");
  const [template, reason] = parseTemplate(
    hasRest ? text.substring(0, text.length - 2) : text,
    pattern.params,
  );
  if (template === undefined) return $multi(undefined, reason);
  for (const part of template.parts) {
    if (part.kind === "variable") return $multi(undefined, "it can hold path parameters, not variables");
  }
  const fault = pathFault(renderTemplate(template, nothing, anyValue));
  if (fault !== undefined) return $multi(undefined, fault);
  return $multi({ template, hasRest });
}
