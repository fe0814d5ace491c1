import { expect, it } from 'vitest'
import { Shape } from '../src/index.ts'
import { coded } from './material.ts'

it.each([null, undefined, 7, 'text', [], new Uint8Array(1)])('takes no %j for a map', (value) => {
  expect(() => new Shape(value, 'it')).toThrow(coded('bad-message'))
})

it('names itself and the field that it refuses, under the code it was given', () => {
  const shape = new Shape({ a: 1 }, 'the thing', 'bad-config')
  expect(() => shape.string('a')).toThrow(
    expect.objectContaining({
      code: 'bad-config',
      message: 'the thing cannot be read',
      why: expect.stringContaining('"a"'),
    }),
  )
})

it('finds unknown fields', () => {
  const shape = new Shape({ a: 1, b: 2 }, 'it')
  expect(shape.only('a', 'b')).toBe(shape)
  expect(() => shape.only('a')).toThrow(expect.objectContaining({ why: expect.stringContaining('"b"') }))
})

it('refuses what is out of bounds or of another kind', () => {
  const shape = new Shape({ text: 'abc', number: 1.5, list: ['a', 1], map: { a: 1 }, bytes: new Uint8Array(3) }, 'it')
  const refused = [
    () => shape.string('text', 2),
    () => shape.string('number'),
    () => shape.integer('number', 0, 9),
    () => shape.number('number', 2, 3),
    () => shape.boolean('number'),
    () => shape.oneOf('text', ['x', 'y']),
    () => shape.strings('list'),
    () => shape.texts('map'),
    () => shape.texts('list'),
    () => shape.pairs('list'),
    () => shape.bytes('bytes', 2),
    () => shape.bytes('missing', 2),
  ]
  for (const read of refused) expect(read).toThrow(coded('bad-message'))
})
