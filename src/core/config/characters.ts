/** Classes of character codes. A code beyond the end of a string is NaN, which belongs to none of them. */

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLowerLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

export function isLetterOrDigit(code: number): boolean {
  return isDigit(code) || isLowerLetter(code) || (code >= 0x41 && code <= 0x5a);
}

/** ASCII that leaves a mark on paper: no space, no control character. */
export function isVisible(code: number): boolean {
  return code >= 0x21 && code <= 0x7e;
}

/** Visible, or a blank. */
export function isPrintable(code: number): boolean {
  return code >= 0x20 && code <= 0x7e;
}

export function isControl(code: number): boolean {
  return code < 0x20 || code === 0x7f;
}

const TOKEN_MARKS = "!#$%&'*+-.^_`|~";

/** `tchar` of RFC 9110 section 5.6.2, of which header names and subprotocols are made. */
export function isTokenCharacter(code: number): boolean {
  return isLetterOrDigit(code) || (isVisible(code) && TOKEN_MARKS.includes(String.fromCharCode(code)));
}

/** Whether every character of a text that is not empty belongs to a class. */
export function consistsOf(text: string, isMember: (this: void, code: number) => boolean): boolean {
  for (const index of $range(0, text.length - 1)) {
    if (!isMember(text.charCodeAt(index))) return false;
  }
  return text !== "";
}

/** A word that may name a variable or a path parameter: `[a-z_][a-z0-9_]*`. */
export function isWord(text: string): boolean {
  return consistsOf(text, isWordCharacter) && !isDigit(text.charCodeAt(0));
}

export function isWordCharacter(code: number): boolean {
  return isLowerLetter(code) || isDigit(code) || code === 0x5f;
}

export function hasControl(text: string): boolean {
  for (const index of $range(0, text.length - 1)) {
    if (isControl(text.charCodeAt(index))) return true;
  }
  return false;
}
