/** The sending side of a socket. */
export interface Sender {
  /** Waits until the system has taken all of it. */
  send(
    data: string | readonly string[],
  ): LuaMultiReturn<[sent: number, err?: string] | [sent: undefined, err: string]>;
}

/** What an outlet asks of whoever runs it. */
export interface Threads {
  /** Lets others go on for a moment. */
  rest(this: void): void;
  /**
   * Has `flush` of the outlet called, and does not wait for its end.
   * @param connection as the outlet was given it
   * @param bytes that are to be sent
   */
  flush(this: void, outlet: Outlet, connection: number, bytes: number): void;
}

/**
 * What goes out on one side of a session. A socket takes one writer at a time, and several threads have something to say: what the
 * gateway itself sends waits for the end of the frame that is under way, and goes out behind it, whoever sends that.
 */
export class Outlet {
  /** A Close went out or waits to: nothing goes behind it. */
  declare hasClosed: boolean;
  /** Why nothing can be sent any more; `""` as long as it can. */
  declare fault: string;
  declare private isBusy: boolean;
  declare private isWhole: boolean;
  declare private waiting: string;

  /** Most sessions have no other: they stand here, and not in each session. */
  static {
    const { prototype } = Outlet;
    prototype.hasClosed = false;
    prototype.fault = "";
    prototype.isBusy = false;
    prototype.isWhole = true;
    prototype.waiting = "";
  }

  /** @param connection for `threads` */
  constructor(
    private readonly sender: Sender,
    private readonly threads: Threads,
    private readonly connection: number,
  ) {}

  /**
   * Sends what came from the other side; it is dropped behind a Close.
   * @param isWhole it ends where a frame ends
   */
  pass(data: string | readonly string[], isWhole: boolean): void {
    const { rest } = this.threads;
    while (this.isBusy) rest();
    if (this.hasClosed && this.waiting === "") return;
    this.send(data);
    this.isWhole = isWhole;
    this.flush();
  }

  /** Sends frames of the gateway's own, at once or as soon as a frame ends. It does not wait: who says it has others to see to. */
  add(frames: string): void {
    if (this.hasClosed) return;
    this.waiting += frames;
    this.begin();
  }

  /** The last frame. It does not wait either. */
  close(frame: string): void {
    if (this.hasClosed) return;
    // Before it is sent: whoever comes while that waits is behind it.
    this.hasClosed = true;
    this.waiting += frame;
    this.begin();
  }

  /** What went out last was the other side's Close. */
  noteClose(): void {
    this.hasClosed = true;
  }

  /** Nothing goes there any more. */
  abandon(): void {
    if (this.fault === "") this.fault = "abandoned";
  }

  /** Whether a send has not ended. */
  isSending(): boolean {
    return this.isBusy;
  }

  /** Whether what was added waits for the end of a frame that the other side has not sent yet. */
  isHeldUp(): boolean {
    return this.waiting !== "" && !this.isWhole && !this.isBusy;
  }

  /** Sends what was added; more may be while it sends. */
  flush(): void {
    while (this.isWhole && this.waiting !== "" && this.fault === "") {
      const frames = this.waiting;
      this.waiting = "";
      this.send(frames);
    }
  }

  private begin(): void {
    if (!this.isBusy && this.isWhole && this.fault === "")
      this.threads.flush(this, this.connection, this.waiting.length);
  }

  private send(data: string | readonly string[]): void {
    if (this.fault !== "") return;
    this.isBusy = true;
    const [sent, err] = this.sender.send(data);
    this.isBusy = false;
    if (sent === undefined) this.fault = err ?? "closed";
  }
}
