// The host functions that plugins can call, ready for checking: one entry per function, with a validator for each argument.
import type {
  HostArguments,
  HostFunction,
  HostFunctionDeclaration,
  HostModule,
  HostModuleDeclaration,
  Language,
  Outcome,
  Value,
} from "@crucible/sandbox";
import { checkHostModule, fail, listHostFunctions, object, succeed } from "@crucible/sandbox";
import type { Validator } from "@crucible/manifest";
import { createValidator, emptyTablesAsArrays } from "@crucible/manifest";

export interface HostEntry {
  readonly module: string;
  /** `crucible.read_note` */
  readonly operation: string;
  readonly declaration: HostFunctionDeclaration;
  readonly implementation: HostFunction;
  /** Names and validates arguments that a guest passed by position. */
  readonly readArguments: (args: readonly Value[], language: Language) => Outcome<HostArguments>;
}

export interface FunctionTable {
  readonly modules: readonly HostModuleDeclaration[];
  find(module: string, name: string): HostEntry | undefined;
}

/** @throws {TypeError} when a module's declaration and functions disagree: a mistake of the host's author */
export function createFunctionTable(modules: readonly HostModule[]): FunctionTable {
  const entries = new Map<string, HostEntry>();
  for (const module of modules) {
    const findings = checkHostModule(module);
    if (findings.length > 0)
      throw new TypeError(`Cannot offer the module "${module.declaration.name}": ${findings.join("; ")}`);
    for (const declaration of listHostFunctions(module.declaration)) {
      const operation = `${module.declaration.name}.${declaration.name}`;
      const implementation = module.functions[declaration.name];
      if (implementation === undefined) continue;
      if (entries.has(operation)) throw new TypeError(`Two modules declare ${operation}`);
      entries.set(operation, {
        module: module.declaration.name,
        operation,
        declaration,
        implementation,
        readArguments: createArgumentReader(operation, declaration),
      });
    }
  }
  return {
    modules: modules.map(({ declaration }) => declaration),
    find: (module, name) => entries.get(`${module}.${name}`),
  };
}

function createArgumentReader(operation: string, { parameters }: HostFunctionDeclaration): HostEntry["readArguments"] {
  const validators: readonly Validator[] = parameters.map(({ name, schema }) =>
    createValidator(schema, { code: "host/invalid-argument", subject: `argument "${name}" of ${operation}` }),
  );
  return (args, language) => {
    if (args.length > parameters.length) {
      return fail(
        "host/invalid-argument",
        `Cannot call ${operation}: it takes ${parameters.length} arguments, ${args.length} were given`,
      );
    }
    const named: [string, Value][] = [];
    for (const [index, parameter] of parameters.entries()) {
      const given = args[index];
      if (given === undefined || (given === null && parameter.optional === true)) {
        if (parameter.optional === true) continue;
        return fail(
          "host/invalid-argument",
          `Cannot call ${operation}: argument "${parameter.name}" (${parameter.summary}) is missing`,
        );
      }
      if (parameter.schema === true) {
        named.push([parameter.name, given]);
        continue;
      }
      const checked = validators[index]?.(language === "lua" ? emptyTablesAsArrays(parameter.schema, given) : given);
      if (checked === undefined) continue;
      if (!checked.ok) return checked;
      named.push([parameter.name, checked.value]);
    }
    return succeed(object(named));
  };
}
