import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PhotonImage } from '@cf-wasm/photon'
import handler from './index.ts'

/** A red picture with a blue left half. */
function sample(width: number, height: number): PhotonImage {
  const pixel = (at: number): number[] => (at % width < width / 2 ? [0, 0, 255, 255] : [255, 0, 0, 255])
  const pixels = Array.from({ length: width * height }, (_, at) => pixel(at)).flat()
  return new PhotonImage(Uint8Array.from(pixels), width, height)
}

const post = (body: BodyInit, query = ''): Promise<Response> =>
  handler(new Request(`http://picture/${query}`, { method: 'POST', body }))

async function answered(response: Response): Promise<PhotonImage> {
  assert.equal(response.status, 200)
  return PhotonImage.new_from_byteslice(new Uint8Array(await response.arrayBuffer()))
}

test('makes a PNG smaller, and keeps what it shows', async () => {
  const response = await post(new Uint8Array(sample(400, 200).get_bytes()), '?width=40')
  assert.equal(response.headers.get('content-type'), 'image/png')
  const small = await answered(response)
  assert.deepEqual([small.get_width(), small.get_height()], [40, 20])
  const pixels = small.get_raw_pixels()
  assert.deepEqual(pixels.slice(0, 4), Uint8Array.of(0, 0, 255, 255))
  assert.deepEqual(pixels.slice(39 * 4, 40 * 4), Uint8Array.of(255, 0, 0, 255))
})

test('makes a JPEG smaller, 320 pixels wide where nothing else is asked for', async () => {
  const response = await post(new Uint8Array(sample(640, 400).get_bytes_jpeg(90)))
  assert.equal(response.headers.get('content-type'), 'image/jpeg')
  const small = await answered(response)
  assert.deepEqual([small.get_width(), small.get_height()], [320, 200])
})

test('never enlarges', async () => {
  const small = await answered(await post(new Uint8Array(sample(8, 4).get_bytes()), '?width=100'))
  assert.deepEqual([small.get_width(), small.get_height()], [8, 4])
})

test('says what it cannot do, and goes on', async () => {
  assert.match(await (await handler(new Request('http://picture/'))).text(), /POST/)
  const png = new Uint8Array(sample(8, 4).get_bytes())
  assert.equal((await post('GIF89a')).status, 415)
  assert.equal((await post(png.slice(0, 20))).status, 422)
  assert.equal((await post(png, '?width=wide')).status, 400)
  assert.equal((await post(png)).status, 200)
})
