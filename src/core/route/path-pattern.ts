/**
 * A route's path is written in segments: `{name}` takes one segment that is not empty, a `*` that stands last takes
 * whatever is left, anything else is literal. Only the first characters of a segment are looked at; nothing that was
 * configured is ever read as a Lua pattern.
 */
const OPEN = 123;
const CLOSE = 125;

/** What stands between the slashes: `"/a/"` has the segments `"a"` and `""`. */
export function segmentsOf(path: string): string[] {
  return path.substring(1).split("/");
}

export function isParameter(segment: string): boolean {
  return segment.charCodeAt(0) === OPEN && segment.charCodeAt(segment.length - 1) === CLOSE;
}

/** Two paths have the same shape when they match the same requests: the names of parameters do not matter. */
export function shapeOf(path: string): string {
  if (!path.includes("{")) return path;
  let shape = "";
  for (const segment of segmentsOf(path)) shape = `${shape}/${isParameter(segment) ? "{}" : segment}`;
  return shape;
}

/** Which segment a parameter takes; `undefined` if the path has none of that name. */
export function parameterIndex(pattern: string, name: string): number | undefined {
  const index = segmentsOf(pattern).indexOf(`{${name}}`);
  return index < 0 ? undefined : index;
}

/** At which segment the rest begins; `undefined` if the path does not end with `*`. */
export function restIndex(pattern: string): number | undefined {
  const segments = segmentsOf(pattern);
  const last = segments.length - 1;
  return segments[last] === "*" ? last : undefined;
}

/** The segment of a request's path at an index; `""` beyond the last. */
export function segmentAt(path: string, index: number): string {
  const start = segmentStart(path, index);
  const end = path.indexOf("/", start);
  return path.substring(start, end < 0 ? path.length : end);
}

/** A request's path from a segment on, without the slash before it; `""` beyond the last. */
export function restAt(path: string, index: number): string {
  return path.substring(segmentStart(path, index));
}

function segmentStart(path: string, index: number): number {
  let start = 1;
  for (let passed = 0; passed < index; passed += 1) {
    const slash = path.indexOf("/", start);
    if (slash < 0) return path.length;
    start = slash + 1;
  }
  return start;
}
