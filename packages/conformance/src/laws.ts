// All laws, in the order of the specification: one file for each requirement in requirements/.
import type { Law } from "./law.ts";
import { advancedRuneRuntimeLaws } from "./requirements/advanced-rune-runtime.ts";
import { capabilityBasedSecurityLaws } from "./requirements/capability-based-security.ts";
import { examplePluginsProvidedLaws } from "./requirements/example-plugins-provided.ts";
import { multiLanguagePluginRuntimeLaws } from "./requirements/multi-language-plugin-runtime.ts";
import { pluginApiForKilnOperationsLaws } from "./requirements/plugin-api-for-kiln-operations.ts";
import { pluginErrorHandlingLaws } from "./requirements/plugin-error-handling.ts";
import { pluginExecutionContextLaws } from "./requirements/plugin-execution-context.ts";
import { pluginMetadataFormatLaws } from "./requirements/plugin-metadata-format.ts";
import { pluginResolutionLaws } from "./requirements/plugin-resolution.ts";
import { resourceLimitsAndSandboxingLaws } from "./requirements/resource-limits-and-sandboxing.ts";
import { runeRuntimeLaws } from "./requirements/rune-runtime.ts";
import { standardLibraryForCommonPatternsLaws } from "./requirements/standard-library-for-common-patterns.ts";
import { standardLibraryWorkflowOrchestrationLaws } from "./requirements/standard-library-workflow-orchestration.ts";
import { standardLibraryStateMachinesLaws } from "./requirements/standard-library-state-machines.ts";

export const laws: readonly Law[] = [
  ...multiLanguagePluginRuntimeLaws,
  ...pluginMetadataFormatLaws,
  ...capabilityBasedSecurityLaws,
  ...pluginApiForKilnOperationsLaws,
  ...resourceLimitsAndSandboxingLaws,
  ...examplePluginsProvidedLaws,
  ...standardLibraryForCommonPatternsLaws,
  ...standardLibraryWorkflowOrchestrationLaws,
  ...runeRuntimeLaws,
  ...advancedRuneRuntimeLaws,
  ...pluginResolutionLaws,
  ...pluginExecutionContextLaws,
  ...pluginErrorHandlingLaws,
  ...standardLibraryStateMachinesLaws,
];
