import { DESCRIBED, responseOf, validator, type Described } from "../admin/openapi";
import { adminRequest, type AdminReply, type AdminRequest } from "./admin-request";
import type { Gateway } from "./gateway";

/** One call of the admin API, whose answer has to be as docs/openapi.json describes it. */
export async function describedRequest<T = unknown>(
  gateway: Gateway,
  method: string,
  target: string,
  request: AdminRequest = {},
): Promise<AdminReply<T>> {
  const reply = await adminRequest<T>(gateway, method, target, request);
  const fault = findFault(find(method, target), reply);
  if (fault !== undefined) throw new Error(`${method} ${target}: ${reply.status} ${reply.text}: ${fault}`);
  return reply;
}

function find(method: string, target: string): Described {
  const segments = target.split("?")[0]!.split("/");
  const found = DESCRIBED.find(
    (described) =>
      described.method === method &&
      described.path.split("/").length === segments.length &&
      described.path
        .split("/")
        .every((segment, index) => segment.startsWith("{") || segment === segments[index]),
  );
  if (found === undefined) throw new Error(`${method} ${target} is not described`);
  return found;
}

function findFault({ operation }: Described, reply: AdminReply): string | undefined {
  if (operation.responses[reply.status] === undefined) return "the status is not described";
  const { type, headers, pointer } = responseOf(operation, reply.status);
  if (reply.headers.get("content-type") !== type) return `its type is ${reply.headers.get("content-type")}`;
  for (const header of headers) if (!reply.headers.has(header)) return `there is no ${header}`;
  const validate = validator(pointer);
  return validate(reply.json) ? undefined : JSON.stringify(validate.errors);
}
