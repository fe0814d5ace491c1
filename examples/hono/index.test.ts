import assert from 'node:assert/strict'
import { test } from 'node:test'
import app from './index.ts'

const post = (body: string, type = 'application/json'): Promise<Response> =>
  Promise.resolve(app.request('/contrast', { method: 'POST', body, headers: { 'content-type': type } }))

test('tells of a colour', async () => {
  const answer = await app.request('/colours/1e90ff')
  assert.deepEqual(await answer.json(), { colour: '#1e90ff', rgb: [30, 144, 255], text: '#000000' })
})

test('measures the contrast of two', async () => {
  const black = await post('{ "text": "#000000", "background": "#FFFFFF" }')
  assert.deepEqual(await black.json(), { ratio: 21, readable: true })
  const grey = await post('{ "text": "#888888", "background": "#ffffff" }')
  assert.deepEqual(await grey.json(), { ratio: 3.54, readable: false })
})

test('says in JSON what is wrong with a request', async () => {
  for (const [answer, status] of [
    [await post('{ "text": "red", "background": "#ffffff" }'), 422],
    [await post('null'), 422],
    [await post('{ "text": '), 400],
    [await post('text=red', 'text/plain'), 422],
    [await app.request('/colours/red'), 404],
    [await app.request('/nowhere'), 404],
  ] as const) {
    assert.equal(answer.status, status)
    assert.equal(typeof ((await answer.json()) as { error: unknown }).error, 'string')
  }
})
