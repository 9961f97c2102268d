/** What makes operations of calls, with a look at what each call is given. */

import type { Argument } from "../model/call-arguments.js";
import type { Operation } from "../operations/operation.js";
import type { OperationBuilders } from "./build-operations.js";
import { checkArguments } from "./check-arguments.js";
import { OBJECT_OPERATION_ARGUMENTS } from "./object-operation-arguments.js";
import { OPERATION_ARGUMENTS } from "./operation-arguments.js";

const TAKES: { readonly [K in keyof OperationBuilders]: readonly Argument[] } = {
  ...OPERATION_ARGUMENTS,
  ...OBJECT_OPERATION_ARGUMENTS,
};

/** @throws UsageError at a call whose arguments do not fit */
export function checkedBuilders(builders: OperationBuilders): OperationBuilders {
  type Build = (...given: readonly unknown[]) => readonly Operation[];
  const look = ([name, build]: readonly [string, unknown]): readonly [string, Build] => [
    name,
    (...given) => {
      checkArguments(name, TAKES[name as keyof OperationBuilders], given);
      return (build as Build)(...given);
    },
  ];
  return Object.fromEntries(Object.entries(builders).map(look)) as unknown as OperationBuilders;
}
