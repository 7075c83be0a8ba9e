// All laws, in the order of the specification: one file for each requirement in requirements/.
import type { Law } from "./law.ts";
import { pluginErrorHandlingLaws } from "./requirements/plugin-error-handling.ts";
import { pluginExecutionContextLaws } from "./requirements/plugin-execution-context.ts";
import { pluginMetadataFormatLaws } from "./requirements/plugin-metadata-format.ts";
import { pluginResolutionLaws } from "./requirements/plugin-resolution.ts";

export const laws: readonly Law[] = [
  ...pluginMetadataFormatLaws,
  ...pluginResolutionLaws,
  ...pluginExecutionContextLaws,
  ...pluginErrorHandlingLaws,
];
