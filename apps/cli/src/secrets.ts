// Secrets by name, from the environment: CRUCIBLE_SECRET_<NAME>, in upper case with underscores.

export function readSecretFromEnvironment(name: string): Promise<string | undefined> {
  return Promise.resolve(process.env[`CRUCIBLE_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`]);
}
