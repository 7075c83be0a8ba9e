// Public names of @crucible/config.
export type {
  ConfigValues,
  FlagSetting,
  IntegerSetting,
  KilnPower,
  ListSetting,
  Setting,
  SettingName,
  TextSetting,
  WordSetting,
} from "./settings.ts";
export { isSettingName, settingNames, settings, variableOf } from "./settings.ts";
export type { ConfigSource, SettingValue } from "./read-layer.ts";
export type { Config, ConfigInputs, ConfigText } from "./resolve-config.ts";
export { formatSource, presentValue, resolveConfig } from "./resolve-config.ts";
export type { FolderInputs, Folders, KilnFolders } from "./folders.ts";
export { resolveFolders, resolveKilnFolders } from "./folders.ts";
export type { LoadConfigOptions } from "./config-node.ts";
export { kilnFolders, loadConfig, userFolders } from "./config-node.ts";
