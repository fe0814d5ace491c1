import { cidOf, encodeMessage, type SealedReceipt } from '@hither/core'
import { expect, test, vi } from 'vitest'
import { output } from '../src/terminal/output.ts'
import { functionOf, readShown, receiptJson } from '../src/terminal/receipt-json.ts'

const cid = await cidOf(Uint8Array.of(1), 'raw')
const hash = (fill: number): Uint8Array => Buffer.alloc(32, fill)
const kept: SealedReceipt = {
  receipt: { function: cid.bytes, request: hash(1), result: hash(2), runner: '12D3KooWx', runMs: 3, cpuMs: 1 },
  seal: { path: [{ side: 'left', hash: hash(3) }], signature: Buffer.alloc(64, 4) },
}

function printed(): string {
  using log = vi.spyOn(console, 'log').mockReturnValue()
  output(true).result({ call: 'ab', ...receiptJson(kept) }, () => '')
  const [[text] = []] = log.mock.calls
  return String(text)
}

test('a receipt is printed with its function as a CID and all bytes in base64url, Buffers too, and is read again', () => {
  const text = printed()
  expect(JSON.parse(text)).toMatchObject({
    receipt: { function: cid.toString(), request: Buffer.from(hash(1)).toString('base64url') },
    seal: { path: [{ hash: expect.stringMatching(/^[\w-]{43}$/) }], signature: expect.stringMatching(/^[\w-]{86}$/) },
  })
  const shown = readShown(new TextEncoder().encode(text), 'r.json')
  expect(functionOf(shown.receipt)).toBe(cid.toString())
  expect(encodeMessage(shown)).toEqual(encodeMessage(kept))
})

test('a receipt in CBOR, as gateways give it, is read as well', () => {
  expect(encodeMessage(readShown(encodeMessage({ call: 'ab', ...kept }), 'r.cbor'))).toEqual(encodeMessage(kept))
})

test('what is no receipt is refused without a word of it', () => {
  for (const bytes of [Uint8Array.of(0xa1, 0xff), new TextEncoder().encode('{}'), new Uint8Array(0)]) {
    expect(() => readShown(bytes, 'r')).toThrow(
      expect.objectContaining({ code: 'bad-answer', message: 'r holds no receipt' }),
    )
  }
})
