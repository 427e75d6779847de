/** Lists of tokens as HTTP fields carry them: separated by commas, with blanks around, in any case. */

/** Whether a list has the token, which is given in lower case. */
export function hasToken(list: string, token: string): boolean {
  if (list.length === token.length) return list.toLowerCase() === token;
  let start = 0;
  while (start <= list.length) {
    const end = endOfItem(list, start);
    if (tokenAt(list, start, end) === token) return true;
    start = end + 1;
  }
  return false;
}

/** Calls `visit` for each token, in lower case. */
export function eachToken(list: string, visit: (this: void, token: string) => void): void {
  let start = 0;
  while (start <= list.length) {
    const end = endOfItem(list, start);
    const token = tokenAt(list, start, end);
    if (token !== "") visit(token);
    start = end + 1;
  }
}

function endOfItem(list: string, start: number): number {
  const comma = list.indexOf(",", start);
  return comma < 0 ? list.length : comma;
}

function tokenAt(list: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(list.charCodeAt(from))) from += 1;
  while (to > from && isBlank(list.charCodeAt(to - 1))) to -= 1;
  return list.substring(from, to).toLowerCase();
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
