/** Where an answer's body goes, piece by piece. */
export interface Output {
  write(this: void, text: string): void;
  /** Sends what was written at once; says whether the client is still there. */
  flush(this: void): boolean;
}
