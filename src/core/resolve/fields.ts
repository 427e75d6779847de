const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** The words of a line of a system file, up to a comment that starts a word or stands inside one. */
export function fieldsOf(line: string, commentMarks: string): string[] {
  const fields: string[] = [];
  let start = -1;
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    const isBlank = code === SPACE || code === TAB || code === CARRIAGE_RETURN;
    const isComment = !isBlank && commentMarks.includes(line.charAt(index));
    if (isBlank || isComment) {
      if (start >= 0) fields.push(line.substring(start, index));
      start = -1;
      if (isComment) return fields;
    } else if (start < 0) start = index;
  }
  if (start >= 0) fields.push(line.substring(start));
  return fields;
}
