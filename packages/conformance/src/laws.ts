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
import { standardLibraryGraphAlgorithmsLaws } from "./requirements/standard-library-graph-algorithms.ts";
import { standardLibraryStateMachinesLaws } from "./requirements/standard-library-state-machines.ts";
import { executionContextBridgeLaws } from "./requirements/execution-context-bridge.ts";
import { pluginAuditLoggingLaws } from "./requirements/plugin-audit-logging.ts";
import { pluginDiscoveryAndLoadingLaws } from "./requirements/plugin-discovery-and-loading.ts";
import { pluginToolRegistrationLaws } from "./requirements/plugin-tool-registration.ts";
import { interPluginCommunicationLaws } from "./requirements/inter-plugin-communication.ts";
import { toolSystemExtendedByPluginsLaws } from "./requirements/tool-system-extended-by-plugins.ts";
import { pluginArchitectureLaws } from "./requirements/plugin-architecture.ts";
import { pluginLoadingOnDemandLaws } from "./requirements/plugin-loading-on-demand.ts";
import { pluginCachingLaws } from "./requirements/plugin-caching.ts";
import { pluginUnloadingLaws } from "./requirements/plugin-unloading.ts";
import { pluginHealthMonitoringLaws } from "./requirements/plugin-health-monitoring.ts";

export const laws: readonly Law[] = [
  ...multiLanguagePluginRuntimeLaws,
  ...pluginMetadataFormatLaws,
  ...capabilityBasedSecurityLaws,
  ...pluginApiForKilnOperationsLaws,
  ...resourceLimitsAndSandboxingLaws,
  ...pluginAuditLoggingLaws,
  ...examplePluginsProvidedLaws,
  ...standardLibraryForCommonPatternsLaws,
  ...standardLibraryWorkflowOrchestrationLaws,
  ...runeRuntimeLaws,
  ...advancedRuneRuntimeLaws,
  ...pluginResolutionLaws,
  ...pluginExecutionContextLaws,
  ...pluginErrorHandlingLaws,
  ...standardLibraryStateMachinesLaws,
  ...standardLibraryGraphAlgorithmsLaws,
  ...pluginDiscoveryAndLoadingLaws,
  ...pluginToolRegistrationLaws,
  ...interPluginCommunicationLaws,
  ...toolSystemExtendedByPluginsLaws,
  ...pluginArchitectureLaws,
  ...pluginLoadingOnDemandLaws,
  ...pluginCachingLaws,
  ...pluginUnloadingLaws,
  ...pluginHealthMonitoringLaws,
  ...executionContextBridgeLaws,
];
