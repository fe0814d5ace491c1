/**
 * Code for the inside of an isolate: goes from values to all that they lead to, and finds what is not of this isolate or
 * is isolated-vm's. `walk` takes each way of up to `depth` steps once; `wander` takes chance ones, calling what it meets.
 */
export const WALK = `
const OURS = Object.prototype, HANDLES = /^(Isolate|Context|Reference|ExternalCopy|Callback|Module|NativeModule|Script|InspectorSession)$/
const CODE = ['answer', 'begin', 'piece', 'finish', 'take', 'leave', 'fail', 'over', 'arm', 'random', 'log']
const textOf = Function.prototype.toString, isPoint = (value) => value !== null && (typeof value === 'object' || typeof value === 'function')
/** The language's own of these names. */
const known = new Set([Math.log, Math.random, Iterator.prototype.take])
const leaks = []
const leak = (path, why) => { if (leaks.length < 20) leaks.push(path + ': ' + why) }

function check(path, value) {
  try {
    let last = value
    for (let next = value; next !== null; next = Object.getPrototypeOf(next)) last = next
    if (last !== OURS && Object.hasOwn(last, 'hasOwnProperty') && Object.hasOwn(last, 'constructor')) leak(path, 'of another realm')
    const { constructor } = value
    if (typeof constructor === 'function' && HANDLES.test(constructor.name) && constructor !== globalThis.WebAssembly?.Module) leak(path, 'a handle')
  } catch {}
  if (typeof value !== 'function') return
  const native = textOf.call(value).includes('[native code]')
  if (native && CODE.includes(value.name) && !known.has(value)) leak(path, 'a function of the process')
  for (const make of [value, value.constructor]) {
    if (typeof make !== 'function' || (make !== Function && !/^(Async|Generator|AsyncGenerator)?Function$/.test(make.name))) continue
    try {
      const made = make('return [globalThis, typeof process, typeof require]')()
      if (Array.isArray(made) && (made[0] !== globalThis || made[1] !== 'undefined' || made[2] !== 'undefined')) leak(path, 'code outside')
    } catch {}
  }
}

function steps(value) {
  const found = []
  try { found.push(['.__proto__', Object.getPrototypeOf(value)]) } catch {}
  let keys = []
  try { keys = Reflect.ownKeys(value) } catch {}
  for (const key of keys) {
    const name = '.' + String(key)
    const descriptor = Object.getOwnPropertyDescriptor(value, key)
    if (descriptor === undefined) continue
    if ('value' in descriptor) found.push([name, descriptor.value])
    else {
      found.push([name + '(get)', descriptor.get], [name + '(set)', descriptor.set])
      try { found.push([name, value[key]]) } catch (error) { found.push([name + '(thrown)', error]) }
    }
  }
  return found.filter(([, next]) => isPoint(next))
}

function walk(roots, depth) {
  const seen = new Set()
  let paths = 0
  let level = roots.filter(isPoint).map((value, i) => ['root' + i, value])
  for (let at = 0; at <= depth; at++) {
    const next = []
    for (const [path, value] of level) {
      paths += 1
      if (seen.has(value)) continue
      seen.add(value)
      check(path, value)
      for (const [step, to] of steps(value)) next.push([path + step, to])
    }
    level = next
  }
  return { seen, paths }
}

/** Ways by chance: properties also of prototypes, results of calls with what was met before, and errors of these. */
function wander(roots, depth, times, seed) {
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const pick = (list) => list[Math.floor(random() * list.length)]
  const points = roots.filter(isPoint)
  // Those would end the call, or use all its time.
  const spared = new Set([globalThis.eval, Array, ArrayBuffer, String.prototype.repeat, String.prototype.padStart, String.prototype.padEnd, Array.prototype.fill,
    setTimeout, setInterval, AbortSignal.timeout, Function.prototype.toString])
  let met = pick(points)
  for (let time = 0; time < times; time++) {
    let value = pick(points), path = 'root'
    for (let at = 0; at < depth && isPoint(value); at++) {
      let to
      try {
        if (typeof value === 'function' && random() < 0.4 && !spared.has(value)) {
          path += '()'
          to = random() < 0.2 ? Reflect.construct(value, [met]) : Reflect.apply(value, met, [pick(points), at])
        } else {
          let keys = Reflect.ownKeys(value)
          if (keys.length === 0 || random() < 0.3) keys = Reflect.ownKeys(Object.getPrototypeOf(value) ?? {})
          const key = random() < 0.1 ? pick(['constructor', '__proto__', 'caller', 'callee', 'prototype']) : pick(keys)
          path += '.' + String(key)
          to = value[key]
        }
      } catch (error) { path += '(thrown)'; to = error }
      if (isPoint(to)) { check(path, to); met = to }
      value = to
    }
  }
  return times
}
`
