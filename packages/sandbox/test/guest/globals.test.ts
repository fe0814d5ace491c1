import { expect, test } from 'vitest'
import { ADDED, bareNames, REMOVED } from './globals.ts'
import { startHandler } from './start.ts'

test('the globals are those of V8, the web platform’s and no other', async () => {
  const { fetch } = startHandler(`return Response.json(Reflect.ownKeys(globalThis).map(String))`)
  const names = JSON.parse((await fetch()).text) as string[]
  const bare = bareNames()
  expect(names.filter((name) => !bare.includes(name)).toSorted()).toEqual(ADDED)
  expect(bare.filter((name) => !names.includes(name)).toSorted()).toEqual(REMOVED)
})

test('a class has the name under which it is found', async () => {
  const { fetch } = startHandler(`return Response.json(Reflect.ownKeys(globalThis)
    .filter((key) => typeof globalThis[key] === 'function' && globalThis[key].name !== key))`)
  expect(JSON.parse((await fetch()).text)).toEqual([])
})
