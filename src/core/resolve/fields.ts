const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

export const HASH = 0x23;
export const SEMICOLON = 0x3b;

/** The words of a line of a system file, up to a comment: it begins with either mark, also in the middle of a word. */
export function fieldsOf(line: string, commentMark: number, otherMark = commentMark): string[] {
  const fields: string[] = [];
  let start = -1;
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    const isComment = code === commentMark || code === otherMark;
    if (isComment || code === SPACE || code === TAB || code === CARRIAGE_RETURN) {
      if (start >= 0) fields.push(line.substring(start, index));
      start = -1;
      if (isComment) return fields;
    } else if (start < 0) start = index;
  }
  if (start >= 0) fields.push(line.substring(start));
  return fields;
}
