/** What the options of a sequence come to. */
import type { SequenceDef, SequenceNumber } from "./objects.js";

const RANGES: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};

export interface EffectiveSequence {
  readonly type: string;
  readonly start: bigint;
  readonly increment: bigint;
  readonly minValue: bigint;
  readonly maxValue: bigint;
  readonly cache: bigint;
  readonly cycle: boolean;
}

/** Everything said: what is absent depends on the direction and the type. */
export function effectiveSequence(options: Partial<SequenceDef>): EffectiveSequence {
  const type = options.type ?? "bigint";
  const [least, most] = RANGES[type]!;
  const given = (value: SequenceNumber | undefined, otherwise: bigint) =>
    value === undefined ? otherwise : BigInt(value);
  const increment = given(options.increment, 1n);
  const up = increment > 0n;
  const minValue = given(options.minValue, up ? 1n : least);
  const maxValue = given(options.maxValue, up ? most : -1n);
  return {
    type,
    increment,
    minValue,
    maxValue,
    start: given(options.start, up ? minValue : maxValue),
    cache: given(options.cache, 1n),
    cycle: options.cycle === true,
  };
}

/** Without what the database would choose by itself. */
export function canonicalSequence(sequence: SequenceDef): SequenceDef {
  const { type: _type, start, increment, minValue, maxValue, cache, cycle: _cycle, ...rest } = sequence;
  const type = sequence.type === undefined || (sequence.type as string) === "bigint" ? {} : { type: sequence.type };
  const direction = increment === undefined || BigInt(increment) === 1n ? {} : { increment: plain(increment) };
  const usual = effectiveSequence({ ...type, ...direction });
  const unless = <K extends string>(key: K, value: SequenceNumber | undefined, otherwise: bigint) =>
    value === undefined || BigInt(value) === otherwise ? {} : { [key]: plain(value) };
  const bounds = {
    ...unless("minValue", minValue, usual.minValue),
    ...unless("maxValue", maxValue, usual.maxValue),
  };
  return {
    ...rest,
    ...type,
    ...direction,
    ...bounds,
    ...unless("start", start, effectiveSequence({ ...type, ...direction, ...bounds }).start),
    ...unless("cache", cache, 1n),
    ...(sequence.cycle === true ? { cycle: true as const } : {}),
  } as SequenceDef;
}

function plain(value: SequenceNumber): SequenceNumber {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
