// Asks the person at the terminal. The request says everything; this only shows it.
import { isCancel, log, select } from "@clack/prompts";
import type { ApprovalBroker, ApprovalRequest } from "@crucible/capabilities";
import type { Terminal } from "./terminal.ts";

/** Adds the terminal as a front end of the broker; the returned function removes it. */
export function attachPrompt(broker: ApprovalBroker, terminal: Terminal): () => void {
  // One question at a time: prompts of parallel calls would overwrite each other.
  const by = terminal.streams.env["USER"] ?? "user";
  let last: Promise<unknown> = Promise.resolve();
  return broker.attach((request, signal) => {
    const answer = last.then(async () => {
      if (signal.aborted) return undefined;
      log.warn(describe(request, terminal), { output: process.stderr });
      const choice = await select({
        message: "Allow it?",
        options: request.options.map(({ choice, label }) => ({ value: choice, label })),
        initialValue: "deny" as const,
        signal,
        output: process.stderr,
      });
      return isCancel(choice) ? (signal.aborted ? undefined : ({ choice: "deny", by } as const)) : { choice, by };
    });
    last = answer.catch(() => undefined);
    return answer;
  });
}

function describe(request: ApprovalRequest, { colors }: Terminal): string {
  const { plugin, description, operation, argumentSummary, impact, risk, onBehalfOf, capability } = request;
  const seconds = Math.max(0, Math.round((request.expires - Date.now()) / 1000));
  return [
    `${colors.bold(plugin.plugin)} ${colors.dim(`(${description})`)} wants to ${colors.bold(argumentSummary)}`,
    `${colors.dim("operation")} ${operation}${capability === null ? "" : `, needs ${capability}`}`,
    `${colors.dim("impact")}    ${impact}`,
    `${colors.dim("risk")}      ${risk}`,
    ...(onBehalfOf.length === 0
      ? []
      : [`${colors.dim("for")}       ${onBehalfOf.map((caller) => caller.plugin).join(", ")}`]),
    colors.dim(`No answer within ${seconds} s denies it.`),
  ].join("\n");
}
