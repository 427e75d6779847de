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
