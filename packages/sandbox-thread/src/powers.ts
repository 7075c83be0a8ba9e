// What the pool needs from the world. pool-node.ts supplies Node's.

/** One worker thread, as the pool sees it. */
export interface WorkerPort {
  post(message: unknown): void;
  /** The port that a waiting worker reads answers from. */
  postAnswer(message: unknown): void;
  readonly control: Int32Array;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, however the thread ended. */
  onExit(listener: (reason: string) => void): void;
  /** Stops the thread wherever it is; settles when it is gone. */
  terminate(): Promise<void>;
}

export interface ThreadPowers {
  spawn(options: SpawnOptions): WorkerPort;
  /** Unix milliseconds. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  monotonicMs(): number;
  /** `background` timers do not keep the process alive. */
  setTimer(delayMs: number, run: () => void, options?: { readonly background?: boolean }): Timer;
  readonly cores: number;
  /** Bytes of physical memory. */
  readonly memoryBytes: number;
}

export interface SpawnOptions {
  readonly guestBytes: number;
  readonly growthBytes: number;
}

export interface Timer {
  cancel(): void;
}
