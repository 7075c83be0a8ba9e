// Exit codes: 0 ok, 1 failed, 2 usage or nothing ran, 3 validation, 4 denied, 5 limit, 6 not found, 7 conflict, 130 interrupted.
import type { ErrorCode } from "@crucible/sandbox";

export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  invalid: 3,
  denied: 4,
  limit: 5,
  notFound: 6,
  conflict: 7,
  interrupted: 130,
} as const;

const byCode: Partial<Record<ErrorCode, number>> = {
  "plugin/untrusted": exitCode.denied,
  "plugin/invalid": exitCode.invalid,
  "plugin/dependency-conflict": exitCode.conflict,
  "plugin/dependency-cycle": exitCode.conflict,
  "plugin/conflict": exitCode.conflict,
  "plugin/dependency-missing": exitCode.notFound,
  "host/note-conflict": exitCode.conflict,
  "host/invalid-argument": exitCode.usage,
  "invocation/cancelled": exitCode.interrupted,
  "invocation/invalid-parameters": exitCode.invalid,
  "invocation/invalid-result": exitCode.invalid,
  "guest/invalid-value": exitCode.failed,
};

export function exitCodeOf(code: ErrorCode): number {
  const own = byCode[code];
  if (own !== undefined) return own;
  if (code.startsWith("limit/")) return exitCode.limit;
  if (code.startsWith("capability/")) return exitCode.denied;
  if (code.endsWith("not-found")) return exitCode.notFound;
  if (code.startsWith("manifest/") || code.startsWith("compile/") || code.startsWith("config/"))
    return exitCode.invalid;
  return exitCode.failed;
}
