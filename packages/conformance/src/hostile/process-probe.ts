// What a process holds, as a power: the corpus must leave nothing behind.

export interface ProcessProbe {
  /** Open handles of the event loop: files, sockets, timers, threads. */
  handles(): number;
  residentBytes(): number;
}
