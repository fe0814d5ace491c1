/**
 * Code for the inside of an isolate. It finds all functions that the runtime might live on and user code can replace:
 * `slots`, each with its holder, key and path; and gives `replace(slot, make)`.
 */
export const INTRINSICS = `
const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect
const slots = []
const visited = new Set()
function visit(path, value) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || visited.has(value)) return
  visited.add(value)
  for (const key of ownKeys(value)) {
    const found = getOwnPropertyDescriptor(value, key)
    const name = path + '.' + String(key)
    const works = found.get !== undefined || found.set !== undefined || typeof found.value === 'function'
    if (works && (found.configurable || found.writable)) slots.push({ holder: value, key, name })
    if ('value' in found) visit(name, found.value)
  }
  visit(path + '.__proto__', getPrototypeOf(value))
}
const stream = new ReadableStream({ type: 'bytes' })
const hidden = { generator: function* () {}, later: async () => {}, laterGenerator: async function* () {},
  array: [].values(), map: new Map().values(), set: new Set().values(), text: ''[Symbol.iterator](), matches: 'a'.matchAll(/a/g),
  helper: [].values().map((x) => x), wrapped: Iterator.from({ next() {} }), segments: new Intl.Segmenter().segment('')[Symbol.iterator](),
  controller: new TransformStream(), reader: stream.getReader(), headers: new Headers().entries(), params: new URLSearchParams().entries() }
const runtime = new Set(ownKeys(globalThis))
visit('globalThis', globalThis)
for (const name of Object.keys(hidden)) visit(name, hidden[name])

/** Puts other functions where the slot has them: for a property, what \`make\` gives for the original; for an accessor, both. */
function replace({ holder, key }, make) {
  const found = getOwnPropertyDescriptor(holder, key)
  if ('value' in found) found.value = make(found.value)
  else {
    if (found.get !== undefined) found.get = make(found.get)
    if (found.set !== undefined) found.set = make(found.set)
  }
  return Reflect.defineProperty(holder, key, found)
}
`
