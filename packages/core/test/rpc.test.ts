import { describe, expect, it } from 'vitest'
import { decodeRpc, encodeRpc, RPC_MAX_CHARS } from '../src/index.ts'
import { coded } from './material.ts'

const again = (value: unknown): unknown => decodeRpc(encodeRpc(value))

describe('values of RPC calls', () => {
  it.each([
    undefined,
    null,
    -0,
    Number.NaN,
    -Infinity,
    12n ** 30n,
    '\u2028</script>\0',
    new Date(5),
    /a+/giu,
    [1, undefined, 'x'],
    { a: { b: [] } },
    new Map<unknown, unknown>([[{ k: 1 }, new Set([1, 'a'])]]),
    Uint8Array.of(1, 2, 255),
    new Float64Array([0.1, -0]),
    Uint8Array.of(7, 8).buffer,
    new URL('http://x/?a=b'),
  ])('come back as they were: %o', (value) => {
    expect(again(value)).toEqual(value)
  })

  it('keep cycles, and what is the same stays the same', () => {
    const shared = { n: 1 }
    const value: Record<string, unknown> = { a: shared, b: shared }
    value['self'] = value
    const copy = again(value) as typeof value
    expect(copy['self']).toBe(copy)
    expect(copy['a']).toBe(copy['b'])
    expect(copy).not.toBe(value)
  })

  it('keep the fields of an instance, as structured clone does', () => {
    class Point {
      x = 1
      get double(): number {
        return 2 * this.x
      }
    }
    expect(again(new Point())).toStrictEqual({ x: 1 })
    expect(again(Object.assign(Object.create(null), { y: 1 }))).toEqual({ y: 1 })
  })

  it.each([
    ['a function', { deep: [() => 1] }, /\.deep\[0\]/],
    ['a symbol', Symbol('s'), /Symbol/],
    ['a promise', { p: Promise.resolve(1) }, /\.p/],
  ])('cannot hold %s', (_, value, where) => {
    expect(() => encodeRpc(value)).toThrow(expect.objectContaining({ name: 'DataCloneError' }) as Error)
    expect(() => encodeRpc(value)).toThrow(where)
  })

  it('say so where they nest too deep', () => {
    let deep: unknown[] = []
    for (let i = 0; i < 200_000; i++) deep = [deep]
    expect(() => encodeRpc(deep)).toThrow(expect.objectContaining({ name: 'DataCloneError' }) as Error)
    const text = `[${Array.from({ length: 200_000 }, (_, i) => `[${i + 1}]`).join(',')},1]`
    expect(() => decodeRpc(text)).toThrow(coded('bad-message'))
  })
})

describe('what would take its reader too long', () => {
  it('is not encoded, and not decoded', () => {
    const long = 'x'.repeat(RPC_MAX_CHARS)
    expect(() => encodeRpc(long)).toThrow(coded('too-large'))
    expect(() => decodeRpc(`["${long}"]`)).toThrow(coded('too-large'))
  })

  it('is a whole number of a million digits', () => {
    expect(() => decodeRpc(`[["BigInt","${'9'.repeat(1_000_000)}"]]`)).toThrow(coded('bad-message'))
    expect(again(10n ** 99_999n)).toBe(10n ** 99_999n)
  })
})

describe('errors', () => {
  it('keep their class where it is everybody’s, and their name, message, stack, cause and fields always', () => {
    class NotFound extends TypeError {
      override name = 'NotFound'
      code = 404
    }
    const error = new NotFound('no such page', { cause: new RangeError('of one') })
    const copy = again(error) as NotFound
    expect(copy).toBeInstanceOf(TypeError)
    expect(copy).toMatchObject({ name: 'NotFound', message: 'no such page', code: 404, stack: error.stack })
    expect(copy.cause).toBeInstanceOf(RangeError)
    expect(Object.keys(again(new Error('plain')) as Error)).toEqual([])
    expect('cause' in (again(new Error('plain')) as Error)).toBe(false)
    const abort = again(new DOMException('gone', 'AbortError'))
    expect(abort).toBeInstanceOf(DOMException)
    expect(abort).toMatchObject({ name: 'AbortError', message: 'gone' })
  })

  it('keep the errors of an AggregateError', () => {
    const copy = again(new AggregateError([new RangeError('one'), 'two'], 'all')) as AggregateError
    expect(copy).toBeInstanceOf(AggregateError)
    expect(copy).toMatchObject({ message: 'all', errors: [{ name: 'RangeError', message: 'one' }, 'two'] })
  })

  it('stand anywhere in a value, and may be any value', () => {
    const [one] = again([new SyntaxError('x')]) as [Error]
    expect(one).toBeInstanceOf(SyntaxError)
    expect(again('thrown text')).toBe('thrown text')
  })
})

describe('text that is no value', () => {
  it.each([
    '',
    'nonsense',
    '{}',
    '[]',
    '7',
    '[[1],[0]',
    '[["Nope",1],1]',
    '[["Uint8Array",0]]',
    '[["ArrayBuffer",7]]',
    '[{"__proto__":1},{}]',
    '[["Map",0,99]]',
    '[["Error",0]]',
    '[[-7,1e99]]',
  ])('is refused: %s', (text) => {
    expect(() => decodeRpc(text)).toThrow(coded('bad-message'))
  })

  it('claims no more places than anybody would walk through, nor memory for them', () => {
    expect(() => decodeRpc('[[-7,4294967295]]')).toThrow(coded('bad-message'))
    const before = process.memoryUsage().heapUsed
    const many = decodeRpc(
      `[[${Array.from({ length: 1000 }, (_, i) => i + 1).join(',')}]${',[-7,1000000,5,-1]'.repeat(1000)}]`,
    )
    expect((many as unknown[][])[999]).toHaveLength(1_000_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6)
  })

  it('changes no prototype', () => {
    expect(() => decodeRpc('[["Error",1],{"fields":2},{"__proto__":3},{"polluted":4},1]')).toThrow(coded('bad-message'))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
