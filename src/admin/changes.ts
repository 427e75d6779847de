import { answerRefusal, answerText, type AdminAnswer } from "./answer";
import { BODY_LIMIT_BYTES, findTypeFault, OBJECT_LIMIT_BYTES, parseBody } from "./body";
import { refusal } from "./errors";
import type { Names, Operation } from "./operations";
import type { AdminRequest } from "./request";
import { showRoute } from "./routes";
import { showChangedPeer } from "./upstreams";
import type { AdminWorld, Call, Outcome } from "./world";

type Query = Readonly<Record<string, string>>;

/** The call as it goes to whoever does it, or what to answer instead. */
export function readCall(
  operation: Operation,
  names: Names,
  query: Query,
  request: AdminRequest,
  world: AdminWorld,
): LuaMultiReturn<[call: Call] | [call: undefined, answer: AdminAnswer]> {
  const { ifMatch } = request;
  const [body, fault] = readBody(operation, request, world);
  if (body === undefined) return $multi(undefined, fault);
  if (operation.name === "putConfig" && ifMatch === "" && query["dry_run"] !== "1") {
    const message = "send If-Match with the ETag of the document that you changed";
    return $multi(undefined, answerRefusal(refusal("precondition_required", message), world));
  }
  return $multi({ method: operation.method, operation: operation.name, names, query, ifMatch, body });
}

function readBody(
  operation: Operation,
  request: AdminRequest,
  world: AdminWorld,
): LuaMultiReturn<[body: string] | [body: undefined, answer: AdminAnswer]> {
  if (operation.body === "none") return $multi("");
  const limitBytes = operation.body === "document" ? BODY_LIMIT_BYTES : OBJECT_LIMIT_BYTES;
  const [body, err] = request.readBody(limitBytes);
  if (body === undefined) {
    const code = err === "too large" ? "body_too_large" : "bad_request";
    const message = err === "too large" ? `the body has more than ${limitBytes} bytes` : err;
    return $multi(undefined, answerRefusal(refusal(code, message), world));
  }
  if (body === "") return $multi("");
  const typeFault = findTypeFault(request.contentType);
  if (typeFault !== undefined) return $multi(undefined, answerRefusal(typeFault, world));
  if (operation.body === "document") return $multi(body);
  const [object, fault] = parseBody(body, (text) => world.decode(text));
  if (object === undefined) return $multi(undefined, answerRefusal(fault, world));
  return $multi(body);
}

export function answerOutcome(outcome: Outcome, world: AdminWorld, headers: Query = {}): AdminAnswer {
  const { etag } = outcome;
  const all = etag === undefined ? headers : { ...headers, ETag: etag };
  if (outcome.refusal !== undefined) return answerRefusal(outcome.refusal, world, all);
  return answerText(outcome.status, showOutcome(outcome, world), all);
}

function showOutcome({ body, peer, route }: Outcome, world: AdminWorld): string {
  if (peer !== undefined) return showChangedPeer(peer, world);
  if (route !== undefined) return showRoute(route, world);
  return body ?? "{}";
}
