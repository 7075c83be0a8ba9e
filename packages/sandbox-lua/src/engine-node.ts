// The module that a worker thread loads for Lua.
import { isUtf8 } from "node:buffer";
import type { CreateEngine } from "@crucible/sandbox-thread";
import { createLuaEngine } from "./engine.ts";

export const createEngine: CreateEngine = createLuaEngine(isUtf8);
