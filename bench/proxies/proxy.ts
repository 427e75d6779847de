/** One of the proxies that are compared. */
export interface Proxy {
  readonly name: string;
  /** Starts it with one worker in front of the backend. */
  start(backendPort: number): Promise<RunningProxy>;
}

export interface RunningProxy {
  readonly port: number;
  /** The process that moves the bytes; a master beside it is not counted. */
  readonly workerPid: number;
  stop(): Promise<void>;
}
