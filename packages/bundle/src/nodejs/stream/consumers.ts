import { Buffer } from '../buffer.ts'

type Source = AsyncIterable<Uint8Array | string>

export async function buffer(source: Source): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of source) pieces.push(typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece))
  return Buffer.concat(pieces)
}

export async function arrayBuffer(source: Source): Promise<ArrayBuffer> {
  return new Uint8Array(await buffer(source)).buffer
}

export async function blob(source: Source): Promise<Blob> {
  return new Blob([await arrayBuffer(source)])
}

export async function text(source: Source): Promise<string> {
  return new TextDecoder().decode(await buffer(source))
}

export async function json(source: Source): Promise<unknown> {
  return JSON.parse(await text(source))
}

export default { arrayBuffer, blob, buffer, json, text }
