import { readFileSync } from "node:fs";
import path from "node:path";
import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";

export type Schema = Readonly<Record<string, unknown>>;

interface Response {
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description: string;
  readonly schema: Schema;
}

export interface DescribedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
}

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

const TEXT = readFileSync(path.join(__dirname, "../../docs/openapi.json"), "utf8");
export const DESCRIPTION = JSON.parse(TEXT) as Description;

/** All of it is one schema document, so that references find their way. */
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false });
ajv.addVocabulary(Object.keys(DESCRIPTION));
ajv.addSchema({ ...DESCRIPTION, $id: "openapi" });

export function validator(pointer: string): ValidateFunction {
  return ajv.compile({ $ref: `openapi#${pointer}` });
}

/** The part that a reference within the document names. */
export function resolve(reference: string): unknown {
  let part: unknown = DESCRIPTION;
  for (const step of reference.slice(2).split("/"))
    part = (part as Record<string, unknown>)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  return part;
}

export interface Described {
  readonly method: string;
  readonly path: string;
  readonly operation: DescribedOperation;
}

export const DESCRIBED: readonly Described[] = Object.entries(DESCRIPTION.paths).flatMap(([place, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path: place,
    operation,
  })),
);

/** What an answer of a status is like: where its schema stands, its type and its headers. */
export function responseOf(operation: DescribedOperation, status: number) {
  const entry = DESCRIBED.find((described) => described.operation === operation)!;
  const given = operation.responses[status]!;
  const own = `/paths/${entry.path.replaceAll("/", "~1")}/${entry.method.toLowerCase()}/responses/${status}`;
  const pointer = "$ref" in given ? given.$ref.slice(1) : own;
  const response = ("$ref" in given ? resolve(given.$ref) : given) as Response;
  const type = Object.keys(response.content)[0]!;
  return {
    type,
    headers: Object.keys(response.headers ?? {}),
    pointer: `${pointer}/content/${type.replaceAll("/", "~1")}/schema`
      .replaceAll("{", "%7B")
      .replaceAll("}", "%7D"),
  };
}
