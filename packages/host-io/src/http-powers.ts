// The powers that HTTP requests take: finding addresses, and one exchange with one address that was decided about.
import type { Outcome } from "@crucible/sandbox";

/** One request to one address. Nothing in it is looked up again. */
export interface PinnedRequest {
  readonly url: URL;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** The connection goes here, whatever the name in the URL resolves to by now. */
  readonly address: string;
  readonly signal: AbortSignal;
}

export interface PinnedResponse {
  readonly status: number;
  /** Names in lower case, in the order in which they came. */
  readonly headers: readonly (readonly [string, string])[];
  /** The body in pieces; ending the iteration early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface HttpPowers {
  /** Addresses of a host name, as text. `host/network` where there are none, or where the signal comes first. */
  resolve(hostname: string, signal: AbortSignal): Promise<Outcome<readonly string[]>>;
  /**
   * Makes one exchange, without following redirects. `host/network` where no connection could be made or the answer is
   * none; `details.retryable` tells that nothing was sent.
   */
  send(request: PinnedRequest): Promise<Outcome<PinnedResponse>>;
  /** A signal that aborts after so many milliseconds or with the other one. */
  withTimeout(signal: AbortSignal, timeoutMs: number): AbortSignal;
}
