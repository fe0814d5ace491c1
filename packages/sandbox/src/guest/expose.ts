import { defineProperty, getOwnPropertyDescriptor, ownKeys } from './primordials.ts'

/** Makes globals, as Web IDL has them: functions and objects can be enumerated, classes and namespaces cannot. */
export function expose(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    const enumerable = name.charAt(0) === name.charAt(0).toLowerCase() && name !== 'console'
    // The bundler renames what would hide a global of the same name.
    if (typeof value === 'function') defineProperty(value, 'name', { value: name, configurable: true })
    defineProperty(globalThis, name, { value, enumerable, writable: true, configurable: true })
  }
}

/** The same for classes of ours, whose members Web IDL makes enumerable, unlike the language. */
export function exposeInterfaces(interfaces: Record<string, { prototype: object }>): void {
  for (const [name, type] of Object.entries(interfaces)) {
    makeEnumerable(type, ['length', 'name', 'prototype'])
    makeEnumerable(type.prototype, ['constructor'])
    defineProperty(type.prototype, Symbol.toStringTag, { value: name, configurable: true })
  }
  expose(interfaces)
}

/** An object that is a collection of functions, by Web IDL: it inherits nothing but from an empty object of its own. */
export function makeNamespace(name: string, members: object): object {
  Object.setPrototypeOf(members, {})
  return defineProperty(members, Symbol.toStringTag, { value: name, configurable: true })
}

function makeEnumerable(holder: object, except: string[]): void {
  for (const key of ownKeys(holder)) {
    if (typeof key === 'symbol' || except.includes(key)) continue
    defineProperty(holder, key, { ...getOwnPropertyDescriptor(holder, key), enumerable: true })
  }
}
