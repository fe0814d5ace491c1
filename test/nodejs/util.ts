import util, { promisify, types } from 'node:util'
import { isDate } from 'node:util/types'
import { attempt, failure } from './attempt.ts'

class Point {
  readonly x = 1
  readonly #hidden = 2
  get sum(): number {
    return this.x + this.#hidden
  }
}

const circle: { self?: unknown } = {}
circle.self = circle

const SHOWN: unknown[] = [
  { a: 1, b: 'two', c: [1, [2, [3, [4]]]], d: { e: { f: { g: 1 } } } },
  new Map<unknown, unknown>([['k', { v: new Set([1, 'x']) }]]),
  new Point(),
  circle,
  [undefined, null, true, 1n, -0, Symbol('s'), () => 1, Point, async () => {}],
  new Date(0),
  /x/gi,
  new Error('plain').message,
  new Uint8Array([1, 2, 3]),
  Buffer.from('buf'),
  Object.create(null),
  'quo\'te"s',
  Array.from({ length: 120 }, (_, i) => i),
  'x'.repeat(20),
  {
    get a() {
      return 1
    },
    set b(_: number) {},
    [Symbol('k')]: 1,
  },
  Object.assign(() => {}, { prop: 1 }),
  { toString: () => 'own', [util.inspect.custom]: () => 'custom!' },
]

const VALUES: unknown[] = [
  new Date(),
  new Map(),
  Promise.resolve(),
  /x/,
  new Uint8Array(),
  new Error('e'),
  [],
  async () => {},
  function* () {},
  Object(1),
  new Map().keys(),
  new ArrayBuffer(1),
  new DataView(new ArrayBuffer(1)),
  new Set(),
  new WeakMap(),
]
const TESTS = [
  'isDate',
  'isMap',
  'isPromise',
  'isRegExp',
  'isUint8Array',
  'isNativeError',
  'isAsyncFunction',
  'isGeneratorFunction',
  'isBoxedPrimitive',
  'isNumberObject',
  'isMapIterator',
  'isArrayBuffer',
  'isAnyArrayBuffer',
  'isArrayBufferView',
  'isTypedArray',
  'isDataView',
  'isSet',
  'isWeakMap',
] as const

export default async (): Promise<Response> => {
  const adds = (a: number, b: number, done: (error: Error | null, sum?: number) => void): void =>
    a < 0 ? done(new Error('negative')) : done(null, a + b)
  const add = promisify(adds)
  const called = await new Promise((resolve) =>
    util.callbackify(async (n: number) => n * 2)(21, (error, value) => resolve([error, value])),
  )
  function Parent(): void {}
  function Child(): void {}
  util.inherits(Child, Parent)
  return Response.json({
    inspected: SHOWN.map((value) => util.inspect(value)),
    deep: [util.inspect(SHOWN[0], { depth: 0 }), util.inspect(SHOWN[0], { depth: null, compact: false, sorted: true })],
    colours: util.inspect({ a: 1, b: 'x' }, { colors: true }),
    narrow: util.inspect({ long: 'a'.repeat(50), other: 'b'.repeat(50) }, { breakLength: 40 }),
    formatted: [
      util.format(
        '%s %d %i %f %j %o %O %% %c x',
        'a',
        '4.5',
        '4.5',
        '4.5',
        { a: 1 },
        [1],
        { b: { c: 1 } },
        'css',
        'extra',
        { z: 1 },
      ),
      util.format('no args %s'),
      util.format(1, 'two', { three: 3 }),
      util.formatWithOptions({ colors: true }, '%O', { a: 1 }),
    ],
    promised: [await add(1, 2), await add(-1, 2).catch(failure), add.name, add.length],
    called,
    inherited: [Reflect.get(Child, 'super_') === Parent, new (Child as never as new () => object)() instanceof Parent],
    equal: [
      util.isDeepStrictEqual({ a: [1, new Map([[1, { b: 2 }]])] }, { a: [1, new Map([[1, { b: 2 }]])] }),
      util.isDeepStrictEqual([1], ['1']),
      util.isDeepStrictEqual(new Set([{ a: 1 }]), new Set([{ a: 1 }])),
      util.isDeepStrictEqual(-0, 0),
      util.isDeepStrictEqual(new Date(1), new Date(1)),
    ],
    types: TESTS.map((test) => VALUES.map((value) => types[test](value))),
    date: isDate(new Date()),
    stripped: util.stripVTControlCharacters('\u001B[31mred\u001B[0m'),
    usv: util.toUSVString('a\uD800b'),
    styled: util.styleText(['red', 'bold'], 'x', { validateStream: false }),
    errors: [attempt(() => promisify(1 as never)), attempt(() => util.inherits(1, 2))].map((e) => (e as Error).name),
  })
}
