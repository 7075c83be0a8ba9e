// How much may cross between guest and host at once, so that the thread on which all of it comes together does not stand
// still: about as much as is made, copied and hashed in a few hundredths of a second.
import { defaultLimits, type Limits } from "./limits.ts";
import { defaultCodecBounds, type CodecBounds } from "./value-codec.ts";

const megabyte = 1024 * 1024;
const crossingBytes = 16 * megabyte;
const crossingParts = 2_000_000;

/** Bounds of the arguments of one host call, and of its answer. Who raised `file_bytes` can pass such a file. */
export function crossingBounds({ file_bytes: fileBytes }: Limits): CodecBounds {
  const maxBytes = Math.max(crossingBytes, fileBytes + megabyte);
  return { maxDepth: defaultCodecBounds.maxDepth, maxBytes, maxParts: crossingParts };
}

/** Bounds of the result of one invocation: they grow with `output_bytes`. */
export function resultBounds({ output_bytes: outputBytes }: Limits): CodecBounds {
  const raised = Math.max(1, outputBytes / defaultLimits.output_bytes);
  return {
    maxDepth: defaultCodecBounds.maxDepth,
    maxBytes: outputBytes,
    maxParts: Math.floor(crossingParts * raised),
  };
}
