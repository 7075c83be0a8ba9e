// The effects of the functions in declaration.ts. All authority comes with the call's context and the powers given here.
import type { HostArguments, HostFunction, HostModule, LogLevel, Outcome, Value } from "@crucible/sandbox";
import { contextToValue, fail, float, isObject, object, succeed, textArgument, toPlain } from "@crucible/sandbox";
import { hostCoreDeclaration } from "./declaration.ts";
import { parsePluginReference } from "./plugin-reference.ts";

export interface HostCorePowers {
  /** The value of a secret, or `undefined` where the user stored none of this name. */
  readonly readSecret: (name: string) => Promise<string | undefined>;
}

/** Makes the core of the module `crucible` (design: one invocation). */
export function createHostCore(powers: HostCorePowers): HostModule {
  const functions: Record<string, HostFunction> = {
    log: {
      run: (args, call) => {
        const fields = args["fields"];
        call.log(
          args["level"] as LogLevel,
          textArgument(args, "message"),
          fields !== undefined && isObject(fields) ? fields : undefined,
        );
        return succeed(null);
      },
    },
    progress: {
      run: (args, call) => {
        const fraction = args["fraction"];
        const message = args["message"];
        call.progress({
          ...(fraction === null || fraction === undefined ? {} : { fraction: Number(toPlain(fraction)) }),
          ...(typeof message === "string" ? { message } : {}),
        });
        return succeed(null);
      },
    },
    emit: {
      run: async (args, call) => {
        const taken = await call.emit(args["value"] ?? null);
        return taken.ok ? succeed(null) : taken;
      },
    },
    context: { run: (_, call) => succeed(contextToValue(call.invocation)) },
    clock: { run: (_, call) => succeed(Math.floor(call.now())) },
    random: { run: (_, call) => succeed(float(call.random())) },
    random_int: { run: (args, call) => randomInt(args, call.random) },
    "secrets.get": {
      run: async (args) => {
        const name = textArgument(args, "name");
        const secret = await powers.readSecret(name);
        return secret === undefined
          ? fail("host/not-found", `Cannot read the secret "${name}": no secret of this name is stored`)
          : succeed(secret);
      },
    },
    invoke_plugin: {
      authority: (args) => {
        const { plugin, action } = parsePluginReference(textArgument(args, "name"));
        return succeed([
          {
            capability: "PluginInvoke",
            operation: "crucible.invoke_plugin",
            subject: { kind: "plugin", value: plugin },
            argumentSummary: `call ${plugin}.${action}`,
          },
        ]);
      },
      run: async (args, call) => {
        const { plugin, action } = parsePluginReference(textArgument(args, "name"));
        const handle = call.invoker.invoke(plugin, action, args["params"] ?? object([]), { signal: call.signal });
        return handle.outcome;
      },
    },
  };
  return { declaration: hostCoreDeclaration, functions };
}

// Scales 96 random bits to the range: no integer is favoured by more than 2^-32 even in the widest range.
function randomInt(args: HostArguments, random: () => number): Outcome<Value> {
  const low = BigInt(args["low"] as number | bigint);
  const high = BigInt(args["high"] as number | bigint);
  if (high < low)
    return fail("host/invalid-argument", `Cannot draw between ${low} and ${high}: the upper bound is below the lower`);
  if (low !== BigInt.asIntN(64, low) || high !== BigInt.asIntN(64, high))
    return fail("host/invalid-argument", `Cannot draw between ${low} and ${high}: integers have 64 bits`);
  const span = high - low + 1n;
  const bits =
    (BigInt(Math.floor(random() * 0x1_0000_0000)) << 64n) |
    (BigInt(Math.floor(random() * 0x1_0000_0000)) << 32n) |
    BigInt(Math.floor(random() * 0x1_0000_0000));
  const drawn = low + ((bits * span) >> 96n);
  const number = Number(drawn);
  return succeed(Number.isSafeInteger(number) ? number : drawn);
}
