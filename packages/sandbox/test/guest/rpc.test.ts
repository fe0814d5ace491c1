import { decodeRpc, encodeRpc, RPC_ERROR, RPC_HEADER, RPC_TYPE } from '@hither/core'
import { describe, expect, test } from 'vitest'
import { start, type Started } from './start.ts'

const SUMS = `
  export const add = (a, b) => a + b
  export async function keys(map) { return [...map.keys()] }
  export function fails(message) { throw Object.assign(new RangeError(message, { cause: new TypeError('why') }), { code: 7 }) }
  export const text = () => { throw 'only words' }
  export const secret = () => () => 1
  export const receiver = function () { return this === undefined }
  const größe = () => 'groß'
  export { größe }
  export const version = 3
  export class Shape {}
`

interface Answered {
  status: number
  isError: boolean
  value: unknown
}

async function rpc({ fetch }: Started, method: string, body: string): Promise<Answered> {
  const { status, headers, text } = await fetch({
    method: 'POST',
    headers: [
      [RPC_HEADER, encodeURIComponent(method)],
      ['content-type', RPC_TYPE],
    ],
    body: new TextEncoder().encode(body),
  })
  const named = new Map(headers)
  expect(named.get('content-type')).toBe(RPC_TYPE)
  return { status, isError: named.get(RPC_HEADER) === RPC_ERROR, value: decodeRpc(text) }
}

const call = (fn: Started, method: string, ...args: unknown[]): Promise<Answered> => rpc(fn, method, encodeRpc(args))

describe('exports by name', () => {
  test('are called with copies of the arguments, and answer a copy of the result', async () => {
    const fn = start(SUMS)
    expect(await call(fn, 'add', 2, 3)).toEqual({ status: 200, isError: false, value: 5 })
    expect(await call(fn, 'add', 2n ** 70n, 1n)).toMatchObject({ value: 2n ** 70n + 1n })
    expect(await call(fn, 'keys', new Map([[new Date(3), 1]]))).toMatchObject({ value: [new Date(3)] })
    expect(await call(fn, 'receiver')).toMatchObject({ value: true })
    expect(await call(fn, 'größe')).toMatchObject({ value: 'groß' })
  })

  test('throw to their caller: class, name, message, cause and fields', async () => {
    const { status, isError, value } = await call(start(SUMS), 'fails', 'too far')
    expect({ status, isError }).toEqual({ status: 500, isError: true })
    expect(value).toBeInstanceOf(RangeError)
    expect(value).toMatchObject({ message: 'too far', code: 7, cause: { name: 'TypeError', message: 'why' } })
    expect((value as Error).stack).toContain('too far')
    expect((value as Error).stack).toContain('fn:test')
    expect((value as Error).stack).not.toContain('hither:runtime')
    expect(await call(start(SUMS), 'text')).toEqual({ status: 500, isError: true, value: 'only words' })
  })

  test('cannot answer what has no copy', async () => {
    const { isError, value } = await call(start(SUMS), 'secret')
    expect(isError).toBe(true)
    expect(value).toMatchObject({ name: 'DataCloneError' })
  })

  test.each(['missing', 'version', 'Shape', 'default', '__proto__', 'constructor'])(
    'are functions only: %s',
    async (name) => {
      const { status, isError, value } = await call(start(SUMS), name)
      expect({ status, isError }).toEqual({ status: 404, isError: true })
      expect((value as Error).message).toContain('add, ')
    },
  )

  test.each(['', 'nonsense', encodeRpc({ length: 1 }), encodeRpc(7)])('need a list of arguments: %s', async (body) => {
    expect(await rpc(start(SUMS), 'add', body)).toMatchObject({ status: 400, isError: true })
  })
})

describe('beside a default export', () => {
  test('requests without the header are its own, those with it never', async () => {
    const fn = start(
      `export default (request) => new Response('mine: ' + request.method); export const add = (a, b) => a + b`,
    )
    expect((await fn.fetch()).text).toBe('mine: GET')
    expect(await call(fn, 'add', 1, 1)).toMatchObject({ value: 2 })
    expect(await call(fn, 'other')).toMatchObject({ status: 404, isError: true })
  })

  test('a handler of methods alone says to everybody else which there are', async () => {
    const { status, text } = await start(SUMS).fetch()
    expect(status).toBe(404)
    expect(text).toContain('add, fails, größe, keys')
  })

  test('a module that exports neither is no handler', async () => {
    expect(() => start('export const version = 3')).toThrow(
      expect.objectContaining({ code: 'handler-invalid' }) as Error,
    )
  })
})
