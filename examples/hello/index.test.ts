import assert from 'node:assert/strict'
import { test } from 'node:test'
import hello from './index.ts'

test('greets by name, and the world where none is given', async () => {
  assert.equal(await hello(new Request('http://hello/?name=you')).text(), 'Hello, you!\n')
  assert.equal(await hello(new Request('http://hello/')).text(), 'Hello, world!\n')
})
