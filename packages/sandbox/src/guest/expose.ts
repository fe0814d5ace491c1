import { defineProperty } from './primordials.ts'

/** Makes globals, as Web IDL has them: functions and objects can be enumerated, classes cannot. */
export function expose(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    const enumerable = name.charAt(0) === name.charAt(0).toLowerCase()
    // The bundler renames what would hide a global of the same name.
    if (typeof value === 'function') defineProperty(value, 'name', { value: name, configurable: true })
    defineProperty(globalThis, name, { value, enumerable, writable: true, configurable: true })
  }
}
