/** Two globals that functions do not have, and that the library looks at when it is evaluated. It does nothing with them. */
export const LENT: Record<string, unknown> = { Atomics: {}, FinalizationRegistry: function Lent() {} }

Object.assign(globalThis, LENT)
