/** One of the proxies that are compared. */
export interface Proxy {
  readonly name: string;
  /**
   * Starts it in front of the backend, with one worker where its name does not say otherwise.
   * @param backendPorts all that the suite has for each proxy; the first is `backendPort`
   */
  start(backendPort: number, backendPorts: readonly number[]): Promise<RunningProxy>;
}

export interface RunningProxy {
  readonly port: number;
  /** The process that moves the bytes; a master beside it is not counted. */
  readonly workerPid: number;
  stop(): Promise<void>;
}
