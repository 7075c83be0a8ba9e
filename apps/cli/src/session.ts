// What most commands begin and end with: find the kiln, open the platform, ask people on a terminal, clean up.
import type { Outcome } from "@crucible/sandbox";
import { succeed, toErrorValue } from "@crucible/sandbox";
import { userFolders } from "@crucible/config";
import { findKiln, requireKiln } from "./find-kiln.ts";
import type { KilnParts } from "./kiln.ts";
import type { Platform, PlatformOptions } from "./platform.ts";
import { openPlatform } from "./platform.ts";
import type { Terminal } from "./terminal.ts";

export interface SessionOptions {
  readonly kiln: string | undefined;
  readonly dryRun?: boolean;
  /** Looks at plugins as if nothing were locked. */
  readonly withoutLock?: boolean;
  /** Stays open and follows what changes on the disk. */
  readonly onWatchProblem?: PlatformOptions["onWatchProblem"];
  readonly onNote?: PlatformOptions["onNote"];
}

/** Runs `work` with an open platform and shows whatever goes wrong. Returns the exit code. */
export async function withPlatform(
  terminal: Terminal,
  options: SessionOptions,
  work: (platform: Platform, kiln: string | undefined) => Promise<number>,
): Promise<number> {
  const opened = await open(terminal, options);
  if (!opened.ok) return terminal.fail(opened.error);
  const { platform, kiln } = opened.value;
  const detach = terminal.interactive
    ? (await import("./prompt-approval.ts")).attachPrompt(platform.broker, terminal)
    : () => {};
  try {
    return await work(platform, kiln);
  } catch (thrown) {
    return terminal.fail(toErrorValue(thrown));
  } finally {
    detach();
    await platform.dispose();
  }
}

/** As `withPlatform`, for commands about the notes of a kiln. */
export async function withKiln(
  terminal: Terminal,
  options: SessionOptions,
  work: (kiln: KilnParts, platform: Platform) => Promise<number>,
): Promise<number> {
  const { env, cwd } = terminal.streams;
  const root = requireKiln(options.kiln, env, cwd);
  if (!root.ok) return terminal.fail(root.error);
  return withPlatform(terminal, { ...options, kiln: root.value }, async (platform) => {
    if (platform.kiln === undefined) throw new Error("A platform with a kiln has one");
    return work(platform.kiln, platform);
  });
}

async function open(
  terminal: Terminal,
  options: SessionOptions,
): Promise<Outcome<{ readonly platform: Platform; readonly kiln: string | undefined }>> {
  const { env, cwd } = terminal.streams;
  const kiln = findKiln(options.kiln, env, cwd);
  if (!kiln.ok) return kiln;
  try {
    const platform = await openPlatform({
      folders: userFolders(env),
      environment: env,
      kiln: kiln.value,
      dryRun: options.dryRun === true,
      withoutLock: options.withoutLock === true,
      ...(options.onWatchProblem === undefined ? {} : { onWatchProblem: options.onWatchProblem }),
      ...(options.onNote === undefined ? {} : { onNote: options.onNote }),
      onHookFailure: (plugin, message) => terminal.note(terminal.colors.yellow(`hook of ${plugin}: ${message}`)),
      onAlert: ({ plugin, raised, failures, invocations }) => {
        const what = raised ? `${failures} of its last ${invocations} runs failed` : "its runs succeed again";
        terminal.note(terminal.colors.yellow(`${plugin}: ${what}`));
      },
      onViolation: ({ message, attempts, quarantined, chain }) => {
        const name = chain.at(-1)?.plugin ?? "a plugin";
        terminal.note(
          terminal.colors.red(
            `security: ${name}: ${message} (attempt ${attempts}${quarantined ? "; the plugin is quarantined now" : ""})`,
          ),
        );
      },
    });
    return succeed({ platform, kiln: kiln.value });
  } catch (thrown) {
    return { ok: false, error: toErrorValue(thrown) };
  }
}
