// The powers that the journal takes: files, hashing, compression, time, and telling whether a process still lives.

/** One folder of small files. Every failure is thrown as the platform's error; the journal turns it into an outcome. */
export interface JournalFolder {
  /** Where it is, for messages. */
  readonly place: string;
  list(): Promise<readonly { readonly name: string; readonly bytes: number }[]>;
  /** Bytes of a file from an offset; `undefined` where there is no such file. */
  read(name: string, from?: number): Promise<Uint8Array | undefined>;
  /** Replaces or makes a file as a whole: after a crash it is the old one or the new one. Durable when it resolves. */
  write(name: string, content: Uint8Array | string): Promise<void>;
  /** Makes a file as a whole unless the name exists; exactly one of several callers gets `true`. Durable when asked for. */
  create(name: string, content: string, durable: boolean): Promise<boolean>;
  remove(name: string): Promise<void>;
  truncate(name: string, bytes: number): Promise<void>;
  /** Opens a file for appending, synchronously, making it where it does not exist. */
  append(name: string): AppendFile;
}

/** An open file that only grows. */
export interface AppendFile {
  /** Hands bytes to the operating system, synchronously: they survive the process from here on. */
  write(content: Uint8Array): void;
  /** Takes back what was written beyond a length, after a write that failed in the middle. */
  truncate(bytes: number): void;
  /** Makes what was written before the call durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface JournalCrypto {
  /** SHA-256 in base64url without padding: 43 characters. */
  sha256(content: string | Uint8Array): string;
  /** HMAC-SHA-256 in base64url without padding. */
  hmac(key: Uint8Array, content: string | Uint8Array): string;
  randomBytes(count: number): Uint8Array;
}

export interface Compression {
  gzip(content: Uint8Array): Promise<Uint8Array>;
  /** Rejects content that is no gzip or expands to more than `maxBytes`. */
  gunzip(content: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}

export interface JournalClock {
  /** Unix milliseconds. */
  now(): number;
  /** Runs something at the end of this turn of the event loop. */
  defer(run: () => void): void;
  /** Runs something later, once; does not keep the process alive. The returned function takes it back. */
  startTimer(delayMs: number, run: () => void): () => void;
}

/** A process, so that others can tell whether it still lives. Plain data that stands in a file. */
export interface ProcessIdentity {
  readonly pid: number;
  /** What tells two processes with one number apart, and machines or containers from each other. */
  readonly started: string;
  readonly where: string;
}

export interface Processes {
  readonly self: ProcessIdentity;
  /** False only where it is certain that the process has ended. */
  isAlive(other: ProcessIdentity): boolean;
}

export interface JournalPowers {
  /** The records. */
  readonly log: JournalFolder;
  /** Heads, leases and the list of chains: outside of the log, so that who can cut the log cannot cut these. */
  readonly heads: JournalFolder;
  readonly crypto: JournalCrypto;
  readonly compression: Compression;
  readonly clock: JournalClock;
  readonly processes: Processes;
  /** Authenticates the heads. Whoever has it can forge them. */
  readonly key: Uint8Array;
}
